// Owns the made-up backend's documents: collections, a reading that moves, look-ups, and what an answer owes to them.
import type { PlumbApi } from '../../core/contract/api.js';
import { pieceBytes, type Ask, type Collection, type FoundPassage, type Grounding } from '../../core/contract/documents.js';
import { AppError } from '../../core/contract/errors.js';
import type { EventBody, EventName, Handlers } from '../../core/contract/rpc.js';
import { base64Of } from '../documents/uploads.js';
import { drawPdf, fakeDocument, fakeShelf, pageSize, rectOf, sentencesOf, type FakeDocument } from './fake-library.js';

type Emit = <K extends EventName<PlumbApi>>(name: K, body: EventBody<PlumbApi, K>) => void;
type DocumentHandlers = { [K in keyof Handlers<PlumbApi> as K extends `${'documents' | 'collections'}.${string}` ? K : never]: Handlers<PlumbApi>[K] };

interface Passage {
  id: number;
  documentId: number;
  page: number;
  start: number;
  end: number;
  text: string;
}

/** `?documents=none` begins without a collection, `=1000` with so many documents, `=stuck` with a full disk. */
const wish = new URLSearchParams(location.search).get('documents') ?? '';

export class FakeDocuments {
  emit: Emit = () => undefined;
  #collections = new Map<number, Collection>();
  #documents = new Map<number, FakeDocument>();
  #passages: Passage[] = [];
  #uploads = new Map<number, { collectionId: number; name: string; sizeBytes: number }>();
  #nextId = 1;

  constructor() {
    if (wish === 'none') return;
    const flat = this.#create('Flat 12');
    for (const each of fakeShelf(flat.id)) this.#add(each);
    flat.folders = [{ id: 1, path: '/home/ada/flat', watched: true, error: null }];
    const clinic = this.#create('Clinic handbook');
    const many = Number(wish) || 40;
    for (let at = 1; at <= many; at++) this.#add(fakeDocument(clinic.id, `guideline-${at}.pdf`, [{ label: null, text: `Guideline ${at} says that values are checked twice.` }], { format: 'pdf', pages: 14, passages: 61, state: at < many * 0.6 ? 'ready' : at < many * 0.6 + 1 ? 'reading' : 'waiting', progress: 0.4 }));
    clinic.indexing = { state: wish === 'stuck' ? 'stuck' : 'reading', done: Math.floor(many * 0.6), total: many, secondsLeft: 41, error: wish === 'stuck' ? { code: 'disk_full', message: '' } : null };
    this.#create('Tax 2023');
  }

  #create(name: string): Collection {
    const collection: Collection = { id: this.#nextId++, name, createdAtMs: Date.now(), documents: 0, failed: 0, passages: 0, sizeBytes: 0, folders: [], indexing: { state: 'idle', done: 0, total: 0, secondsLeft: null, error: null } };
    this.#collections.set(collection.id, collection);
    return collection;
  }

  #add(each: FakeDocument): void {
    this.#documents.set(each.document.id, each);
    each.pages.forEach(({ text }, index) => {
      for (const sentence of sentencesOf(text)) this.#passages.push({ ...sentence, id: this.#passages.length + 1, documentId: each.document.id, page: index + 1 });
    });
    this.#count(each.document.collectionId);
  }

  #count(id: number): Collection {
    const collection = this.#collection(id);
    const mine = [...this.#documents.values()].map(({ document }) => document).filter(({ collectionId }) => collectionId === id);
    Object.assign(collection, { documents: mine.length, failed: mine.filter(({ state }) => state === 'failed').length, passages: mine.reduce((sum, { passages }) => sum + passages, 0), sizeBytes: mine.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) });
    this.emit('collection.changed', { collection });
    return collection;
  }

  #collection(id: number): Collection {
    const found = this.#collections.get(id);
    if (!found) throw new AppError('not_found', '');
    return found;
  }
  #document(id: number): FakeDocument {
    const found = this.#documents.get(id);
    if (!found) throw new AppError('not_found', '');
    return found;
  }

  #find(collectionId: number, query: string): FoundPassage[] {
    const words = new Set(query.toLowerCase().match(/\p{L}{3,}/gu)?.filter((word) => !['the', 'what', 'how', 'when', 'and', 'are', 'for', 'does'].includes(word)));
    return this.#passages
      .filter(({ documentId }) => this.#documents.get(documentId)?.document.collectionId === collectionId)
      .map(({ id, documentId, page, start, end, text }): FoundPassage => {
        const { document, pages } = this.#document(documentId);
        const hits = (text.toLowerCase().match(/\p{L}{3,}/gu) ?? []).filter((word) => words.has(word) || words.has(`${word}s`)).length;
        return { passageId: id, documentId, documentName: document.name, headingPath: document.format === 'pdf' && pages.length > 1 ? [pages[0]!.text.split('\n')[0]!, pages[page - 1]!.text.split('\n')[0]!] : [], page, pageLabel: pages[page - 1]!.label, start, end, text, score: Math.min(1, hits / 3), ranks: { words: 1, trigrams: null, vectors: 2 } };
      })
      .toSorted((a, b) => b.score - a.score)
      .slice(0, 8);
  }

  /** What an answer to a question would owe, and its words. */
  ground(messageId: number, question: string, ask: Ask): { grounding: Grounding; text: string } {
    const found = this.#find(ask.collectionId, question);
    const good = found.filter(({ score }) => score > 0.3);
    const collection = this.#collection(ask.collectionId);
    const decision = ask.anyway ? 'anyway' : good.length === 0 ? 'not_found' : 'answer';
    const read = decision === 'not_found' ? [] : good.length > 0 ? good.slice(0, 4) : found.slice(0, 2);
    const sentences = decision === 'not_found' ? [] : [...read.slice(0, 2).map(({ text }) => text), 'This is usual for leases of this kind.'];
    const text = sentences.join(' ');
    const citations = sentences.map((sentence, index) => {
      const start = text.indexOf(sentence);
      return { start, end: start + sentence.length, support: read[index] && index < 2 ? { passageId: read[index].passageId, start: 0, end: sentence.length, score: 0.9 } : null };
    });
    const whole = ask.mode === 'whole' ? { done: 0, total: 38, secondsLeft: 190 } : null;
    return {
      text,
      grounding: {
        messageId, collectionId: ask.collectionId, collectionName: collection.name, mode: ask.mode, query: question, decision, ...(decision === 'answer' && ask.mode === 'passages' && good[0]!.score < 0.5 && { unsure: true }), read, alsoFound: found.filter((each) => !read.includes(each)).slice(0, 4), passagesTotal: collection.passages,
        quotes: decision === 'answer' ? read.slice(0, 2).map(({ passageId, text: words, score }) => ({ passageId, start: 0, end: words.length, text: words, score })) : [],
        citations, retrievalMs: 12, needsAll: /\b(all|every|summar|list|compare|how many)/i.test(question), whole,
      },
    };
  }

  async #bytes(id: number): Promise<Uint8Array> {
    const { document, pages } = this.#document(id);
    if (document.state === 'missing') throw new AppError('document_missing', '');
    return drawPdf(pages);
  }

  handlers(): DocumentHandlers {
    const changed = (id: number): Record<string, never> => {
      this.emit('document.changed', { document: this.#document(id).document });
      this.#count(this.#document(id).document.collectionId);
      return {};
    };
    const state = (id: number, next: Collection['indexing']['state']): Record<string, never> => {
      const collection = this.#collection(id);
      collection.indexing = { ...collection.indexing, state: next, error: null };
      this.emit('collection.changed', { collection });
      return {};
    };
    const arrive = (each: FakeDocument): void => {
      each.document.state = 'reading';
      this.#add(each);
      changed(each.document.id);
      setTimeout(() => { each.document.state = 'ready'; changed(each.document.id); }, 1200);
    };
    return {
      'collections.list': () => ({ collections: [...this.#collections.values()] }),
      'collections.create': ({ name }) => ({ collection: this.#create(name) }),
      'collections.rename': ({ id, name }) => { this.#collection(id).name = name; this.#count(id); return {}; },
      'collections.remove': ({ id }) => { this.#collections.delete(id); this.emit('collection.removed', { id }); return {}; },
      'collections.pause': ({ id }) => state(id, 'paused'),
      'collections.resume': ({ id }) => state(id, 'reading'),
      'documents.list': ({ collectionId }) => ({ documents: [...this.#documents.values()].map(({ document }) => document).filter((document) => document.collectionId === collectionId) }),
      'documents.add': ({ collectionId, paths }) => {
        if (paths[0]!.includes('missing')) throw new AppError('document_missing', '');
        arrive(fakeDocument(collectionId, paths[0]!.split('/').at(-1)!, [{ label: null, text: 'A file that was added by its path.' }], { format: 'text' }));
        return { added: 1 };
      },
      'documents.beginUpload': (upload) => { this.#uploads.set(this.#nextId, upload); return { uploadId: this.#nextId++ }; },
      'documents.upload': async ({ uploadId, last }) => {
        await new Promise((done) => setTimeout(done, 200));
        const { collectionId, name, sizeBytes } = this.#uploads.get(uploadId)!;
        if (name.endsWith('.exe')) throw new AppError('document_unsupported', '');
        if (last) arrive(fakeDocument(collectionId, name, [{ label: null, text: `This is ${name}.` }], { format: 'text', sizeBytes, path: null }));
        return {};
      },
      'documents.pick': () => ({ paths: [] }),
      'documents.remove': ({ id }) => {
        const { collectionId } = this.#document(id).document;
        this.#documents.delete(id);
        this.emit('document.removed', { id, collectionId });
        this.#count(collectionId);
        return {};
      },
      'documents.unwatch': ({ folderId }) => { for (const { id, folders } of this.#collections.values()) if (folders.some((folder) => folder.id === folderId)) { folders[0]!.watched = false; this.#count(id); } return {}; },
      'documents.reread': ({ id, ocr }) => {
        const { document } = this.#document(id);
        document.state = 'reading';
        changed(id);
        setTimeout(() => { Object.assign(document, { state: 'ready', error: null, ...(ocr && { pagesWithoutText: 0, ocrConfidence: 0.91 }) }); changed(id); }, 1500);
        return {};
      },
      'documents.search': ({ collectionId, query }) => {
        const passages = this.#find(collectionId, query);
        return { passages, quotes: passages.slice(0, 2).filter(({ score }) => score > 0.3).map(({ passageId, text, score }) => ({ passageId, start: 0, end: text.length, text, score })), found: passages.some(({ score }) => score > 0.3), retrievalMs: 12 };
      },
      'documents.open': ({ id }) => {
        const { document, pages } = this.#document(id);
        return { document, pages: pages.map(({ label }, index) => ({ number: index + 1, label, method: document.ocrConfidence ? 'ocr' as const : 'text' as const, ocrConfidence: document.ocrConfidence, size: document.format === 'pdf' ? pageSize : null })) };
      },
      'documents.page': ({ id, page }) => {
        const { document, pages } = this.#document(id);
        return { page: { number: page, label: pages[page - 1]?.label ?? null, text: pages[page - 1]?.text ?? '', method: document.pagesWithoutText > 0 ? 'none' as const : 'text' as const, ocrConfidence: null, size: null } };
      },
      'documents.marks': ({ passageId, start, end }) => {
        const passage = this.#passages.find(({ id }) => id === passageId);
        if (!passage) throw new AppError('not_found', '');
        const { document, pages } = this.#document(passage.documentId);
        return { documentId: document.id, marks: [{ page: passage.page, start: passage.start + (start ?? 0), end: passage.start + (end ?? passage.text.length), rects: document.format === 'pdf' ? [rectOf(pages[passage.page - 1]!.text, passage.start)] : [] }] };
      },
      'documents.bytes': async ({ id, offset }) => {
        const bytes = await this.#bytes(id);
        return { base64: base64Of(bytes.slice(offset, offset + pieceBytes)), sizeBytes: bytes.length };
      },
      'documents.forecast': ({ collectionId }) => ({ passages: this.#collection(collectionId).passages, runs: 38, seconds: 190 }),
    };
  }
}
