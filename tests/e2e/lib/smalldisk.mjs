// A small disk that only one Ward sees: a tmpfs in a mount namespace of its own.

import { execFileSync, spawnSync } from 'node:child_process';

const isRoot = process.getuid() === 0;
const user = isRoot ? [] : ['--map-root-user'];

// Where / is no mount point (a chroot), mounts cannot be made private: then they may be seen outside as well, and removeDisk takes them away.
const isPrivate = spawnSync('unshare', ['--mount', ...user, 'true']).status === 0;
const unshare = ['unshare', '--mount', ...(isPrivate ? [] : ['--propagation', 'unchanged']), ...user];

/** For Ward.start: runs it with a tmpfs of that size (as mount's option says it) on `where`, and brings commands to it. */
export const smallDisk = (where, size) => ({
	around: [...unshare, 'sh', '-c', `mkdir -p "$0" && mount -t tmpfs -o size=${size},mode=700 none "$0" && exec "$@"`, where],
	inside: (pid) => ['nsenter', '--target', String(pid), '--mount', ...(isRoot ? [] : ['--user', '--preserve-credentials'])],
});

/** After Ward has ended. */
export function removeDisk(where) {
	if (!isPrivate)
		try {
			execFileSync('umount', ['-l', where], { stdio: 'ignore' });
		} catch {
			// it was not seen outside
		}
}
