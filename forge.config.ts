// Owns how Plumb becomes an installer: what goes in, what stays unpacked, which doors of Electron are shut.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { FuseV1Options, FuseVersion, type FuseV1Config } from '@electron/fuses';
import { MakerBase, type MakerOptions } from '@electron-forge/maker-base';
import { MakerDeb } from '@electron-forge/maker-deb';
import { MakerZIP } from '@electron-forge/maker-zip';
import { FusesPlugin } from '@electron-forge/plugin-fuses';
import type { ForgeConfig, ForgePlatform } from '@electron-forge/shared-types';

/** What the packaged app needs of this folder; everything else is for making it. Models travel beside the archive. */
const kept = [/^\/package\.json$/, /^\/dist(\/|$)/, /^\/node_modules(\/|$)/, /^\/native$/, /^\/native\/base\.json$/, /^\/native\/scripts$/, /^\/native\/scripts\/load-options\.mjs$/];
/** Of those, what only development reads. */
const dropped = [/\.tsbuildinfo$/, /\.map$/, /\.d\.[mc]?ts$/, /^\/node_modules\/\.(bin|cache)(\/|$)/, /^\/node_modules\/node-llama-cpp\/llama\/(gitRelease\.bundle|llama\.cpp)(\/|$)/];

/** True for a path (from the project's folder, starting with a slash) that stays out of the package. */
export function isIgnored(path: string): boolean {
  if (path === '') return false;
  return !kept.some((pattern) => pattern.test(path)) || dropped.some((pattern) => pattern.test(path));
}

const packageOf: Partial<Record<string, string>> = { darwin: 'mac', win32: 'win' };

/** True for a prebuilt engine package (`linux-x64-vulkan`, ...) that the target machine can run. */
export function isForTarget(name: string, platform: string, arch: string): boolean {
  const own = `${packageOf[platform] ?? platform}-${arch === 'armv7l' ? 'armv7l' : arch}`;
  return name === own || name.startsWith(`${own}-`);
}

/** Native code that the system loads by path: it cannot live inside the archive. */
const unpacked = ['**/*.node', '**/*.so*', '**/*.dylib', '**/*.dll', '**/*.metal', '**/node_modules/node-llama-cpp/llama/localBuilds/**', '**/node_modules/@node-llama-cpp/*/bins/**'];

/** Every fuse is named, so that a new one in a later Electron fails the build instead of keeping its default. */
export const fuses: FuseV1Config = {
  version: FuseVersion.V1,
  strictlyRequireAllFuses: true,
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
};

/** electron-builder's bridge packages export one function in the form of an older Forge; this gives it the present form. */
export class BuilderMaker extends MakerBase<{ target: 'appimage' | 'nsis' }> {
  name = 'electron-builder';
  defaultPlatforms: ForgePlatform[] = ['linux', 'win32'];
  override isSupportedOnCurrentPlatform(): boolean {
    return true;
  }
  override async make(options: MakerOptions): Promise<string[]> {
    const bridge = (await import(`electron-forge-maker-${this.config.target}`)) as { default: { default(options: MakerOptions): Promise<string[]> } };
    return bridge.default.default(options);
  }
}

const config: ForgeConfig = {
  packagerConfig: {
    name: 'Plumb',
    executableName: 'plumb',
    appBundleId: 'app.plumb.desktop',
    asar: { unpack: `{${unpacked.join(',')}}` },
    ignore: isIgnored,
    extraResource: ['resources'],
  },
  // better-sqlite3 13 and node-llama-cpp bring Node-API binaries, which do not depend on Electron's version.
  rebuildConfig: { onlyModules: [] },
  hooks: {
    async packageAfterPrune(_config, buildPath, _electronVersion, platform, arch) {
      const folder = join(buildPath, 'node_modules', '@node-llama-cpp');
      for (const name of readdirSync(folder)) if (!isForTarget(name, platform, arch)) rmSync(join(folder, name), { recursive: true });
    },
  },
  makers: [
    new BuilderMaker({ target: 'appimage' }, ['linux']),
    new BuilderMaker({ target: 'nsis' }, ['win32']),
    new MakerDeb({ options: { name: 'plumb', productName: 'Plumb', genericName: 'Private chat', categories: ['Utility'] } }),
    new MakerZIP({}, ['darwin', 'win32', 'linux']),
  ],
  plugins: [new FusesPlugin(fuses)],
};

export default config;
