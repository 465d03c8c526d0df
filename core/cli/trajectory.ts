// Owns what is said about the path of a latent state over its steps: a plane to look at it in, and its kind. Pure.
import { PCA } from 'ml-pca';

export type Point = readonly [x: number, y: number];
export const trajectoryKinds = ['fixed point', 'orbit', 'drift'] as const;
export type TrajectoryKind = (typeof trajectoryKinds)[number];

export interface Trajectory {
  /** The state after each step, on the first two principal components of the path. */
  points: Point[];
  /** Share of the path's variance in that plane. */
  explained: number;
  kind: TrajectoryKind;
  /** Mean length of the last quarter's moves, as a share of the path's extent. */
  lastMoves: number;
  /** Of the second half: distance between its ends as a share of the way between them. */
  straightness: number;
}

/** A path has arrived when its last moves are shorter than this share of its extent. */
export const arrivedBelow = 0.02;
/** A path that still moves goes somewhere (drift) from this straightness on, and comes back (orbit) below it. */
export const driftFrom = 0.5;

/** @param states the latent state of one position after each step, each [nEmbd]; at least 8 steps */
export function describeTrajectory(states: readonly (readonly number[])[]): Trajectory {
  if (states.length < 8) throw new RangeError('A trajectory needs at least 8 steps.');
  const pca = new PCA(states.map((state) => [...state]));
  const rows = pca.predict(states.map((state) => [...state]), { nComponents: 2 }).to2DArray();
  const points = rows.map(([x = 0, y = 0]): Point => [x, y]);
  const explained = pca.getExplainedVariance().slice(0, 2).reduce((sum, share) => sum + (Number.isFinite(share) ? share : 0), 0);
  return { points, explained, ...classify(points) };
}

/**
 * The rules, in this order, for a path of n points (extent: its largest distance from its mean):
 * 1. fixed point: the moves of the last quarter are on average shorter than 2 % of the extent;
 * 2. drift: the ends of the second half are at least half as far apart as the way between them is long;
 * 3. orbit: everything else; it moves and comes back.
 */
export function classify(points: readonly Point[]): Pick<Trajectory, 'kind' | 'lastMoves' | 'straightness'> {
  const distance = ([a, b]: Point, [c, d]: Point): number => Math.hypot(a - c, b - d);
  const centre: Point = [points.reduce((sum, [x]) => sum + x, 0) / points.length, points.reduce((sum, [, y]) => sum + y, 0) / points.length];
  const extent = Math.max(...points.map((point) => distance(point, centre)));
  const moves = points.slice(1).map((point, i) => distance(point, points[i]!));
  const last = moves.slice(-Math.ceil(moves.length / 4));
  const lastMoves = extent === 0 ? 0 : last.reduce((sum, move) => sum + move, 0) / last.length / extent;
  const from = Math.floor(points.length / 2);
  const way = moves.slice(from).reduce((sum, move) => sum + move, 0);
  const straightness = way === 0 ? 0 : distance(points[from]!, points.at(-1)!) / way;
  const kind = lastMoves < arrivedBelow ? 'fixed point' : straightness >= driftFrom ? 'drift' : 'orbit';
  return { kind, lastMoves, straightness };
}
