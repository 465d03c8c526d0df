// Owns one switch that must be thrown before any schema exists: zod must not try `new Function`, which our content policy refuses.
import { z } from 'zod';

z.config({ jitless: true });
