/** A case: what is broken, what is sent, and every drop that must be seen. */
import type { FilterName } from './filters.ts';
import type { Reasons } from './kernel.ts';
import type { Device, Host, Network } from './network.ts';

export interface Case {
	name: string;
	/**
	 * Breaks the network. What it returns mends it.
	 * @throws Missing when this machine cannot do that
	 */
	fault?: (network: Network) => () => void;
	/** the fault leaves nothing that goes to the server: the traffic beside it goes to the router */
	near?: true;
	/** Sends what will be dropped. */
	traffic: (network: Network) => void;
	/** all of them: nothing else may be dropped meanwhile */
	drops: readonly Expected[];
}

export interface Expected {
	/** none on kernels that give none */
	reason: Reasons;
	/** 'core' unless said */
	subsystem?: string;
	/** the function that drops it, on any kernel */
	at: RegExp;
	host: Host;
	/** undefined: the packet has none yet */
	device: Device | undefined;
	/** whom the link layer meant it for, when that is not this host */
	pktType?: string;
	/** whatever is given must be so; other fields may be there */
	packet: Fields;
	/** undefined: exactly one */
	times?: 'some';
	/** not before the network is mended */
	late?: true;
	mark?: number;
	/** the socket, which this process has open; without one no process may be named */
	socket?: { of: 'sender' | 'receiver'; family: string; state?: string; closed?: true };
	/** path of the socket's control group; undefined: any */
	cgroup?: string | undefined;
	/** hidden unless asked for, and counted */
	benign?: boolean;
	/** the filters that show it; no other may */
	shownBy: readonly FilterName[];
}

/** A part of a JSON object. A pattern stands for a text that matches, undefined for a key that must not be there. */
export type Fields = { readonly [key: string]: string | number | boolean | RegExp | undefined | Fields };

/** Thrown by a fault that this machine cannot have: the case is skipped, for this reason. */
export class Missing extends Error {}

/** How a machine, or its kernel, says that it has no such thing. Whatever else goes wrong is the test's own fault. */
const ABSENT = /ENOENT|EOPNOTSUPP|ENOTSUPP|not supported|is unknown|not found|can't initialize|does not exist|No such file/;

/** @throws Missing when the machine has not got what `action` needs */
export function attempt<T>(action: () => T): T {
	try {
		return action();
	} catch (error) {
		const [first = ''] = (error as Error).message.split('\n');
		throw ABSENT.test(first) ? new Missing(first) : error;
	}
}
