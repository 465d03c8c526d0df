// Owns the log's form. No level ever carries what a person wrote or a model answered.

export interface Log {
  debug(what: string, facts?: object): void;
  info(what: string, facts?: object): void;
  warn(what: string, facts?: object): void;
}

const levels = ['debug', 'info', 'warn', 'silent'] as const;
export type LogLevel = (typeof levels)[number];

export function isLogLevel(word: string | undefined): word is LogLevel {
  return levels.includes(word as LogLevel);
}

/** One line for each entry: time, level, words, facts as JSON. */
export function createLog(write: (line: string) => void, least: LogLevel = 'warn'): Log {
  const at = (level: LogLevel) => (what: string, facts?: object): void => {
    if (levels.indexOf(level) < levels.indexOf(least)) return;
    write(`${new Date().toISOString()} ${level} ${what}${facts === undefined ? '' : ` ${JSON.stringify(facts)}`}\n`);
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn') };
}
