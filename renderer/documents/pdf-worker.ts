// Owns the worker that reads PDFs for the viewer: pdf.js's own, as a script of ours.
import 'pdfjs-dist/build/pdf.worker.min.mjs';
