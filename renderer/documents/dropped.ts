// Owns turning what was dropped or chosen into files: folders are walked through where the browser allows it.

export interface ChosenFile {
  /** With the folders it came from: "contracts/2024/lease.pdf". */
  name: string;
  file: File;
}

export interface Chosen {
  files: ChosenFile[];
  /** Names of files inside folders that are of no kind Plumb reads. */
  leftOut: string[];
}

/** What is worth taking out of a folder; a file that was named by itself is always tried. */
const known = new Set(
  ('pdf docx xlsx xlsm xls csv tsv pptx odt ods epub html htm xhtml md markdown txt text log rst tex eml ' +
    'c h cc cpp hpp cs go java js jsx ts tsx mjs cjs json jsonl yaml yml toml ini xml py rb rs php pl sh sql swift kt scala lua r m').split(' '),
);
/** A folder deeper than this or with more files than this is a disk, not a folder of documents. */
const deepest = 24;
const mostFiles = 20_000;

export const isKnown = (name: string): boolean => known.has(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
/** Hidden files, and folders made by programs for programs. */
const isIgnored = (name: string): boolean => name.startsWith('.') || name === 'node_modules' || name === '__MACOSX';

function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  return new Promise((resolve, reject) => {
    // A reader gives its entries in portions and ends with an empty one.
    const next = (): void => reader.readEntries((some) => {
      if (some.length === 0) return resolve(all);
      all.push(...some);
      next();
    }, reject);
    next();
  });
}

async function walk(entry: FileSystemEntry, depth: number, into: Chosen): Promise<void> {
  if (into.files.length >= mostFiles || depth > deepest || (depth > 0 && isIgnored(entry.name))) return;
  const name = entry.fullPath.replace(/^\//, '');
  if (entry.isDirectory) {
    for (const child of await entriesOf(entry as FileSystemDirectoryEntry)) await walk(child, depth + 1, into);
    return;
  }
  if (depth > 0 && !isKnown(entry.name)) return void into.leftOut.push(name);
  const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  into.files.push({ name, file });
}

/** Must be called while the drop event is being handled: its items are gone afterwards. */
export function filesOfDrop(transfer: DataTransfer): Promise<Chosen> {
  const entries = [...transfer.items].filter(({ kind }) => kind === 'file').map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  return (async () => {
    const chosen: Chosen = { files: [], leftOut: [] };
    if (entries.some((entry) => entry === null)) return { ...chosen, files: plain.map((file) => ({ name: file.name, file })) };
    for (const entry of entries) await walk(entry!, 0, chosen);
    return chosen;
  })();
}

/** Of an input element; with `webkitdirectory` each file knows the folder it came from. */
export function filesOfInput(list: FileList): Chosen {
  const chosen: Chosen = { files: [], leftOut: [] };
  for (const file of list) {
    const name = file.webkitRelativePath || file.name;
    const parts = name.split('/');
    if (parts.length > 1 && (parts.slice(1).some(isIgnored) || !isKnown(name))) chosen.leftOut.push(name);
    else chosen.files.push({ name, file });
  }
  return chosen;
}

export const holdsFiles = (transfer: DataTransfer | null): boolean => transfer?.types.includes('Files') ?? false;
