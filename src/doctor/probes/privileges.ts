/** What this process may do. */
import type { Capability } from '../../kernel/capabilities.ts';
import { say } from '../../lang.ts';
import { no, type Probe, type Text, yes } from '../probe.ts';

const AS_ROOT: Text = [
	'run as root (sudo), or grant it to the service (AmbientCapabilities=)',
	'请以 root 运行(sudo),或授予服务(AmbientCapabilities=)',
];

/** @param inAdmin whether CAP_SYS_ADMIN stands for it, as it did before the capability existed */
function capability(name: Capability, means: Text, inAdmin: boolean, since?: string) {
	return {
		group: 'privileges',
		means,
		...(since !== undefined && { since }),
		remedy: AS_ROOT,
		try: (machine) => {
			if (machine.has(name)) return yes();
			if (inAdmin && machine.has('CAP_SYS_ADMIN')) return yes('CAP_SYS_ADMIN');
			return no(say('this process does not have it', '本进程没有该权限'));
		},
	} as const satisfies Probe;
}

export const PRIVILEGES = {
	CAP_BPF: capability('CAP_BPF', ['loading programs', '加载程序'], true, '5.8'),
	CAP_PERFMON: capability('CAP_PERFMON', ['tracing the kernel', '跟踪内核'], true, '5.8'),
	CAP_NET_ADMIN: capability('CAP_NET_ADMIN', ['programs in the network stack', '在网络栈中运行程序'], true),
	CAP_SYS_ADMIN: capability(
		'CAP_SYS_ADMIN',
		['entering other namespaces; on kernels before 5.8 all of the above', '进入其他命名空间;5.8 之前的内核需要它完成以上全部'],
		false,
	),
	CAP_SYSLOG: capability('CAP_SYSLOG', ['seeing the addresses of kernel functions', '查看内核函数地址'], false),
	'user-namespace': {
		group: 'privileges',
		means: ['capabilities count for the whole machine', '权限对整机有效'],
		remedy: ['run outside of the rootless container', '请在无特权容器之外运行'],
		try: (machine) =>
			machine.firstUserNamespace()
				? yes()
				: no(say('they are those of a user namespace, which do not count for BPF', '它们属于用户命名空间,对 BPF 无效')),
	},
	memlock: {
		group: 'privileges',
		means: ['memory for maps is not held back by ulimit -l', 'map 的内存不受 ulimit -l 限制'],
		since: '5.11',
		remedy: ['ulimit -l unlimited, or LimitMEMLOCK=infinity for the service', 'ulimit -l unlimited,或为服务设置 LimitMEMLOCK=infinity'],
		try: (machine) => {
			if (machine.isSince('5.11')) return yes();
			const limit = machine.lockedMemory();
			if (limit === undefined) return yes(say('no limit', '无限制'));
			if (machine.has('CAP_SYS_RESOURCE')) return yes(say('the limit is lifted while running', '运行时自动解除限制'));
			return no(say(`at most ${limit} bytes`, `最多 ${limit} 字节`));
		},
	},
} as const satisfies Record<string, Probe>;
