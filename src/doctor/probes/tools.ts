/** Other people's tools. */
import { spawnSync } from 'node:child_process';
import { say } from '../../lang.ts';
import { no, type Probe, type Text, unknown, yes } from '../probe.ts';

/** Where Debian puts them, which is not in the path of a user who is not root. */
const FOLDERS = ['', '/usr/sbin/', '/sbin/'];
const LIMIT_MS = 10_000;

/** @param flag makes it print its version, and do nothing else */
function tool(name: string, flag: string, means: Text, apt: string) {
	return {
		group: 'tools',
		means,
		remedy: [`apt install ${apt}`, `apt install ${apt}`],
		try: () => {
			for (const folder of FOLDERS) {
				const { error, status, stdout } = spawnSync(folder + name, [flag], {
					encoding: 'utf8',
					timeout: LIMIT_MS,
					stdio: ['ignore', 'pipe', 'ignore'],
				});
				if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') continue;
				if (error) return unknown(error.message);
				if (status !== 0) return unknown(say(`'${name} ${flag}' ended with ${status}`, `'${name} ${flag}' 以 ${status} 退出`));
				return yes(
					stdout
						.split('\n')[0]
						?.replace(/^.*?\s(utility, |v)?/, '')
						.trim(),
				);
			}
			return no(say('not found', '未找到'));
		},
	} as const satisfies Probe;
}

export const TOOLS = {
	ip: tool('ip', '-V', ['routes, devices, namespaces', '路由、设备、命名空间'], 'iproute2'),
	tc: tool('tc', '-V', ['queues and their filters', '队列及其过滤器'], 'iproute2'),
	nft: tool('nft', '--version', ['rules of nftables', 'nftables 规则'], 'nftables'),
	'iptables-save': tool('iptables-save', '--version', ['rules of iptables', 'iptables 规则'], 'iptables'),
} as const satisfies Record<string, Probe>;
