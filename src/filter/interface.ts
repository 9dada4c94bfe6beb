/** Devices as users name them. */
import { fail } from '../errors.ts';
import { interfacesHere, interfacesIn, type NetnsTarget, netnsPaths, ownNetns } from '../kernel/netns.ts';
import { nearest } from '../nearest.ts';
import type { InterfaceTarget } from './compile.ts';

/**
 * A device is followed by name, wherever it is. Its index in the namespaces asked for (or ours) catches packets that have
 * forgotten their device but not where they came in.
 * @throws bad-interface when no namespace that can be seen has one of that name
 */
export function findInterface(name: string, netns: readonly NetnsTarget[]): InterfaceTarget {
	const paths = netns.flatMap(({ path }) => path ?? []);
	const seen: string[] = [];
	const look = (interfaces: Map<string, number>, inode: number): InterfaceTarget | undefined => {
		seen.push(...interfaces.keys());
		const ifindex = interfaces.get(name);
		return ifindex === undefined ? undefined : { name, ifindex, netns: inode };
	};
	for (const target of netns) {
		const found = target.path === undefined ? undefined : look(interfacesIn(target.path), target.inode);
		if (found) return found;
	}
	if (netns.length === 0) {
		const found = look(interfacesHere(), ownNetns());
		if (found) return found;
		// elsewhere the name may stand for several devices: then the name alone decides
		for (const path of netnsPaths()) if (look(interfacesIn(path), 0)) return { name, ifindex: 0, netns: 0 };
	} else if (paths.length < netns.length) {
		// a namespace given by its inode number cannot be looked into
		return { name, ifindex: 0, netns: 0 };
	}
	return fail('bad-interface', { value: name, hint: nearest(name, seen) });
}
