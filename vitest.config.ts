// Owns how tests run: fast unit tests, tests on the built fork, and end-to-end tests in Chromium.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      // Property tests take a second alone and five beside a compiler.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts', 'test/layers.test.ts'], environment: 'node', testTimeout: 30_000 } },
      { test: { name: 'renderer', include: ['test/renderer/**/*.test.{ts,tsx}'], environment: 'jsdom', testTimeout: 30_000 } },
      { test: { name: 'fuzz', include: ['test/fuzz/**/*.test.ts'], environment: 'node', testTimeout: 300_000 } },
      { test: { name: 'native', include: ['test/native/**/*.test.ts'], environment: 'node', testTimeout: 120_000, hookTimeout: 120_000, pool: 'forks', fileParallelism: false } },
      // A second, the usual patience of expect.poll, is too short for a reload on a busy machine.
      { test: { name: 'e2e', include: ['test/e2e/**/*.test.ts'], environment: 'node', expect: { poll: { timeout: 10_000 } }, testTimeout: 90_000, hookTimeout: 120_000, pool: 'forks', fileParallelism: false } },
      { test: { name: 'measure', include: ['test/measure/**/*.test.ts'], environment: 'node', testTimeout: 600_000, pool: 'forks', fileParallelism: false } },
      { test: { name: 'long', include: ['test/long/**/*.test.ts'], environment: 'node', testTimeout: 3_600_000, pool: 'forks', fileParallelism: false } },
    ],
  },
});
