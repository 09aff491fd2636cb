// Node 18 (Debian 12) has WebCrypto, but not yet as the global that browsers have.
import { webcrypto } from 'node:crypto';

globalThis.crypto ??= webcrypto;
