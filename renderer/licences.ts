// Owns the list of packages and licences, put in when the window is built; a chunk of its own, read when somebody looks.
import type { Licence } from './views/Licences.js';

declare const __PLUMB_LICENCES__: readonly Licence[];
export const licences = __PLUMB_LICENCES__;
