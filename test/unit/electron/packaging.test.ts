// Proves what an installer carries and which doors it shuts.
import { FuseV1Options } from '@electron/fuses';
import { describe, expect, it } from 'vitest';
import { fuses, isForTarget, isIgnored } from '../../../forge.config.js';

describe('the package', () => {
  it('carries the compiled app, its dependencies and the id of the fork, nothing that only makes it', () => {
    const kept = ['', '/package.json', '/dist/electron/main.js', '/dist/renderer/index.html', '/node_modules/ws/lib/websocket.js', '/native/base.json', '/node_modules/node-llama-cpp/llama/localBuilds/x/Release/libllama.so'];
    const left = ['/core/store/store.ts', '/test', '/docs', '/.git', '/training', '/native/patches', '/dist/core/store/.tsbuildinfo', '/dist/server/main.js.map', '/node_modules/.bin', '/node_modules/node-llama-cpp/llama/gitRelease.bundle', '/README.md', '/resources'];
    expect([kept.filter(isIgnored), left.filter((path) => !isIgnored(path))]).toEqual([[], []]);
  });

  it.each([
    ['linux', 'x64', ['linux-x64', 'linux-x64-cuda', 'linux-x64-cuda-ext', 'linux-x64-vulkan']],
    ['linux', 'arm64', ['linux-arm64']],
    ['win32', 'x64', ['win-x64', 'win-x64-cuda']],
    ['darwin', 'arm64', ['mac-arm64-metal']],
  ])('for %s %s carries only its own engine libraries', (platform, arch, expected) => {
    const all = ['linux-x64', 'linux-x64-cuda', 'linux-x64-cuda-ext', 'linux-x64-vulkan', 'linux-arm64', 'linux-armv7l', 'win-x64', 'win-x64-cuda', 'win-arm64', 'mac-arm64-metal', 'mac-x64'];
    expect(all.filter((name) => isForTarget(name, platform, arch))).toEqual(expected);
  });

  it('cannot be turned into plain Node, debugged, or given other code', () => {
    expect(fuses).toMatchObject({
      strictlyRequireAllFuses: true,
      [FuseV1Options.RunAsNode]: false,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
      [FuseV1Options.EnableNodeCliInspectArguments]: false,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
      [FuseV1Options.OnlyLoadAppFromAsar]: true,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
    });
  });
});
