/** What the probes ask about this machine and this process, each read when it is first needed. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Btf } from '../bpf/btf.ts';
import { kernelBtf, VMLINUX_BTF } from '../kernel/btf.ts';
import { type Capability, effectiveCapabilities } from '../kernel/capabilities.ts';
import { kernelRelease } from '../kernel/release.ts';
import { type Lockdown, lockdown } from './lockdown.ts';

/** PROC_USER_INIT_INO: the first user namespace has this inode on every kernel (include/linux/proc_ns.h) */
const FIRST_USER_NAMESPACE = 0xeffffffd;

export class Machine {
	readonly release = kernelRelease();

	/** Whether this kernel calls itself `release`, such as '5.17', or later. */
	isSince(release: string): boolean {
		const [major = 0, minor = 0] = numbers(this.release);
		const [wantedMajor = 0, wantedMinor = 0] = numbers(release);
		return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
	}

	private readonly capabilities = once(effectiveCapabilities);
	has(capability: Capability): boolean {
		return this.capabilities().has(capability);
	}

	/** Which of `rights` are missing. */
	missing(rights: readonly Capability[]): Capability[] {
		return this.has('CAP_SYS_ADMIN') ? [] : rights.filter((right) => !this.has(right));
	}

	/** Capabilities of another user namespace, a rootless container's say, do not count for BPF. */
	readonly firstUserNamespace = once(() => statSync('/proc/self/ns/user').ino === FIRST_USER_NAMESPACE);

	/** A seccomp filter may refuse system calls before the kernel proper sees them. */
	readonly seccomp = once(() => /^Seccomp:\s*2$/m.test(readFileSync('/proc/self/status', 'latin1')));

	/** Bytes of memory this process may lock; undefined: any. Before 5.11, maps and programs count against it. */
	readonly lockedMemory = once((): number | undefined => {
		const limit = /^Max locked memory\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1];
		return limit === undefined ? undefined : Number(limit);
	});

	readonly lockdown: () => Lockdown = once(lockdown);

	/** Types of the kernel; undefined when it offers none. */
	readonly btf = once((): Btf | undefined => (existsSync(VMLINUX_BTF) ? kernelBtf() : undefined));

	private readonly configuration = once(() => configuration(this.release));
	/** Whether the kernel was built with an option; undefined when nothing here says how it was built. */
	builtWith(option: string): boolean | undefined {
		const text = this.configuration();
		return text === undefined ? undefined : new RegExp(`^${option}=[ym]$`, 'm').test(text);
	}
}

const numbers = (release: string): number[] => (/^(\d+)\.(\d+)/.exec(release) ?? []).slice(1).map(Number);

function once<T>(read: () => T): () => T {
	let value: { known: T } | undefined;
	return () => {
		value ??= { known: read() };
		return value.known;
	};
}

/** What the kernel was configured with, wherever the distribution leaves it. */
function configuration(release: string): string | undefined {
	try {
		return gunzipSync(readFileSync('/proc/config.gz')).toString('latin1');
	} catch {
		// CONFIG_IKCONFIG_PROC is off
	}
	for (const path of [`/boot/config-${release}`, `/lib/modules/${release}/config`, `/usr/lib/modules/${release}/config`]) {
		try {
			return readFileSync(path, 'latin1');
		} catch {
			// the next place
		}
	}
	return undefined;
}
