/** What this process may do, from the kernel's own list (Documentation/filesystems/proc.rst, CapEff). */
import { readFileSync } from 'node:fs';
import { fail } from '../errors.ts';
import { say } from '../lang.ts';

/** include/uapi/linux/capability.h */
export const CAPABILITIES = {
	CAP_NET_ADMIN: 12,
	CAP_SYS_ADMIN: 21,
	CAP_SYS_RESOURCE: 24,
	CAP_SYSLOG: 34,
	CAP_PERFMON: 38,
	CAP_BPF: 39,
} as const;
export type Capability = keyof typeof CAPABILITIES;

export function effectiveCapabilities(status = readFileSync('/proc/self/status', 'latin1')): Set<Capability> {
	const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(status);
	const bits = BigInt(`0x${line?.[1] ?? '0'}`);
	return new Set((Object.keys(CAPABILITIES) as Capability[]).filter((name) => (bits >> BigInt(CAPABILITIES[name])) & 1n));
}

/** Whether tracing programs may be loaded. */
export const mayTrace = (have = effectiveCapabilities()): boolean =>
	have.has('CAP_SYS_ADMIN') || (have.has('CAP_BPF') && have.has('CAP_PERFMON'));

/**
 * Says what is missing before the kernel does, which would only say EPERM.
 * @throws no-capability
 */
export function requireTracing(tool: string, have = effectiveCapabilities()): void {
	if (mayTrace(have)) return;
	const missing = (['CAP_BPF', 'CAP_PERFMON'] as const).filter((name) => !have.has(name));
	fail('no-capability', {
		tool,
		missing: missing.join(say(' and ', ' 和 ')),
		purpose: say('load tracing programs', '加载跟踪程序'),
	});
}
