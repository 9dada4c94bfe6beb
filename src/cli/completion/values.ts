/** Values that are known when the script is made. Devices, namespaces, control groups and files are looked up by the shell. */
import { CATALOGUE, LAYERS, POINTS } from '../../catalogue/catalogue.ts';
import { tracepointName } from '../../catalogue/resolve.ts';
import { protocolNames } from '../../filter/protocol.ts';
import { REASON_TEXT } from '../../kernel/reason-text.ts';
import { BACKENDS } from '../../trace/backends.ts';
import type { Completion } from '../options.ts';

export const FIXED_VALUES = {
	protocol: protocolNames(),
	// of every kernel: the script may outlive the one that runs now
	reason: Object.keys(REASON_TEXT),
	// of tracepoints what stands behind the colon, at which bash would break the word
	point: [
		...new Set([...Object.keys(LAYERS), ...CATALOGUE.map(({ name }) => name), ...POINTS.map(({ name }) => tracepointName(name) ?? name)]),
	],
	backend: Object.keys(BACKENDS),
	language: ['en', 'zh'],
	when: ['auto', 'always', 'never'],
} as const satisfies Partial<Record<Completion, readonly string[]>>;

/** Folders whose entries are names of network namespaces: iproute2's and Docker's. */
export const NETNS_FOLDERS = ['/run/netns', '/run/docker/netns'];
/** What has a folder here is a device. */
export const INTERFACE_FOLDER = '/sys/class/net';
/** Where the kernel says what is mounted. */
export const MOUNTS = '/proc/self/mounts';
