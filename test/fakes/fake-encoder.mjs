// Owns the fake engine's models for documents: a vector says which letters a text has, a score how many words of the question.
//
// Paths that contain `corrupt` or `crash-load` fail as their names say; a text with !encoder-crash takes the engine down while `onEncode` agrees.

export function fakeEncoder({ coded, die, wait, onEncode }) {
  let stops = 0;
  const opened = new Set();
  return {
    openEncoder: async ({ path, purpose }) => {
      if (path.includes('crash-load')) return die();
      if (path.includes('corrupt')) throw coded('model_corrupt', 'The model file is damaged.');
      opened.add(purpose);
      return { purpose, dimensions: purpose === 'embedder' ? 26 : 1, contextSize: 512, memoryBytes: 4e6, loadMs: 5 };
    },
    closeEncoder: ({ purpose }) => {
      opened.delete(purpose);
      return {};
    },
    embed: async ({ texts }) => {
      if (!opened.has('embedder')) throw coded('no_model', 'No model for documents is open.');
      if (texts.some((text) => text.includes('!encoder-crash') && onEncode(text))) return die();
      const mine = stops;
      const rows = [];
      for (const text of texts) {
        if (mine !== stops) break;
        rows.push(lettersOf(text));
        await wait(0);
      }
      return { dimensions: 26, vectors: Float32Array.from(rows.flat()) };
    },
    rank: ({ query, texts }) => {
      const words = query.toLowerCase().match(/\w+/g) ?? [];
      return { scores: texts.map((text) => words.filter((word) => text.toLowerCase().includes(word)).length / Math.max(1, words.length)) };
    },
    stopEncoding: () => {
      stops++;
      return {};
    },
  };
}

function lettersOf(text) {
  const counts = new Array(26).fill(0);
  for (const letter of text.toLowerCase()) if (letter >= 'a' && letter <= 'z') counts[letter.charCodeAt(0) - 97]++;
  const length = Math.hypot(...counts) || 1;
  return counts.map((count) => count / length);
}
