// Owns what the window knows of connections that were refused: the number in the corner.
import { create } from 'zustand';
import { call } from './actions.js';

export const useNetwork = create<{ refusedTotal: number }>(() => ({ refusedTotal: 0 }));

/** Reads the number again; without an answer it stays what it was. */
export async function countRefused(): Promise<void> {
  const report = await call('privacy.report', {}).catch(() => null);
  if (report) useNetwork.setState({ refusedTotal: report.refusedTotal });
}

/** What the corner says. */
export const networkWords = (refusedTotal: number): string => (refusedTotal === 0 ? 'Network: none' : `Network: ${refusedTotal} refused`);
