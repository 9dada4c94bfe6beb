/**
 * The filters all drops are shown to. Each joins options of several kinds, so that few tracers try many: among the cases there is,
 * for every option, a drop that this option alone keeps out.
 */
import { GROUP } from './cgroup.ts';
import { COMM } from './expect.ts';
import { hasReasons } from './kernel.ts';

export interface Filter {
	args: () => readonly string[];
	/** why it cannot be tried here */
	missing?: () => string | undefined;
}

export const FILTERS = {
	'protocol, source': { args: () => ['-p', 'udp', '-s', '10.9.1.2,10.77.0.0/16,fd09:1::/64'] },
	'flags, destination': { args: () => ['--tcp-flags', 'SU', '-d', '10.9.1.1'] },
	'ports of both ends': { args: () => ['-S', '41000-41004,43010,44001', '-D', '5001,5003-5302'] },
	'protocols, any end': { args: () => ['-p', 'icmp,esp,253,arp,ipv6', '--addr', '10.9.1.1,10.9.2.0/24,127.0.0.1,192.0.2.1,fd09:2::2'] },
	'device, length, any port': { args: () => ['-i', 'rs,s0', '--pkt-len', '33-1100', '-P', '5207,5209,45000-45002,45005'] },
	'mark, owner': { args: () => ['--mark', '0x70/0xf0', '--comm', COMM] },
	'control group': { args: () => ['--cgroup', GROUP.path], missing: () => GROUP.missing },
	'reasons, device': {
		args: () => ['--reason', 'NO_SOCKET,*_CSUM,IP_IN*,UNHANDLED_PROTO', '--exclude-reason', 'IP_INNO*', '-i', 'rc'],
		missing: () => (hasReasons() ? undefined : 'the kernel gives no reasons'),
	},
} as const satisfies Record<string, Filter>;

export type FilterName = keyof typeof FILTERS;
