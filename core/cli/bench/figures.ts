// Owns the arithmetic of a comparison: medians, lines through measured points, the floor a machine sets. Pure.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Least squares y = fixed + slope·x. At least two different x; noise may make either part negative, which is shown as it is. */
export function line(points: readonly { x: number; y: number }[]): { fixed: number; slope: number } {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const meanX = mean(points.map(({ x }) => x));
  const meanY = mean(points.map(({ y }) => y));
  const spread = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  if (!(spread > 0)) throw new RangeError('A line needs two different points.');
  const slope = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0) / spread;
  return { fixed: meanY - slope * meanX, slope };
}

/** One duration by the clock and by the processor time of the process that took it; null where the system does not tell. */
export interface Times {
  clockMs: number;
  cpuMs: number | null;
}

export function medianTimes(times: readonly Times[]): Times {
  const cpu = times.map(({ cpuMs }) => cpuMs);
  return { clockMs: median(times.map(({ clockMs }) => clockMs)), cpuMs: cpu.every((each) => each !== null) ? median(cpu) : null };
}

/** The least of each: what is read from memory is slowed by whatever else reads it, and never made faster. */
export function leastTimes(times: readonly Times[]): Times {
  const cpu = times.map(({ cpuMs }) => cpuMs);
  return { clockMs: Math.min(...times.map(({ clockMs }) => clockMs)), cpuMs: cpu.every((each) => each !== null) ? Math.min(...cpu) : null };
}

/**
 * The duration to compare by. With one thread processor time, which other programs can hardly add to; several threads wait for each
 * other and the waiting counts as work, so there it is the clock.
 */
export function comparable({ clockMs, cpuMs }: Times, threads: number): number {
  return threads === 1 && cpuMs !== null && cpuMs > 0 ? cpuMs : clockMs;
}

export interface Machine {
  bytesPerSecond: number;
  operationsPerSecond: number;
}

export interface Floor {
  memoryMs: number;
  arithmeticMs: number;
  /** The larger of the two. */
  ms: number;
  binds: 'memory' | 'arithmetic';
}

/** The least time that reading so many bytes and computing with so many weights takes: two operations a weight. */
export function floor(work: { weights: number; sizeBytes: number }, { bytesPerSecond, operationsPerSecond }: Machine): Floor {
  const memoryMs = (1000 * work.sizeBytes) / bytesPerSecond;
  const arithmeticMs = (2000 * work.weights) / operationsPerSecond;
  return { memoryMs, arithmeticMs, ms: Math.max(memoryMs, arithmeticMs), binds: memoryMs >= arithmeticMs ? 'memory' : 'arithmetic' };
}
