/** What the kernel is and shows. */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { tracepointArguments, VMLINUX_BTF } from '../../kernel/btf.ts';
import { cgroupRoot } from '../../kernel/cgroups.ts';
import { Reasons } from '../../kernel/reasons.ts';
import { say } from '../../lang.ts';
import { type Answer, no, notPermitted, type Probe, unknown, yes } from '../probe.ts';

/** Where the tests run, and where the programs' registers are known. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64'];
/** Records and BTF are read in the order of bytes of a little-endian machine. */
const BIG_ENDIAN: readonly string[] = ['ppc64', 's390x', 's390', 'ppc', 'mips'];

export const KERNEL = {
	kernel: {
		group: 'kernel',
		means: ['a kernel of an age that is tested', '内核版本在测试范围内'],
		since: '5.10',
		remedy: ['older kernels may work as far as the answers below say', '较旧的内核是否可用,以下逐项给出'],
		try: (machine) => (machine.isSince('5.10') ? yes(machine.release) : no(machine.release)),
	},
	arch: {
		group: 'kernel',
		means: ['an architecture the programs are made for', '程序支持的架构'],
		try: () => {
			if (ARCHITECTURES.includes(process.arch)) return yes(process.arch);
			if (BIG_ENDIAN.includes(process.arch)) return no(say(`${process.arch} is big-endian`, `${process.arch} 为大端序`));
			return unknown(say(`nobody has tried ${process.arch}`, `尚无人在 ${process.arch} 上试过`));
		},
	},
	btf: {
		group: 'kernel',
		means: [`type information, with which programs fit this very kernel (${VMLINUX_BTF})`, `类型信息,使程序适配此内核(${VMLINUX_BTF})`],
		since: '5.4',
		config: ['CONFIG_DEBUG_INFO_BTF'],
		remedy: ['use a distribution kernel of 5.10 or later; in a container, mount /sys', '请使用 5.10 或更新的发行版内核;容器中需挂载 /sys'],
		try: (machine) => {
			const btf = machine.btf();
			if (btf) return yes(say(`${btf.end - 1} types`, `${btf.end - 1} 个类型`));
			const off = machine.builtWith('CONFIG_DEBUG_INFO_BTF') === false;
			return no(
				off ? say('the kernel was built without CONFIG_DEBUG_INFO_BTF', '内核未启用 CONFIG_DEBUG_INFO_BTF') : say('not there', '不存在'),
			);
		},
	},
	'btf-modules': {
		group: 'kernel',
		means: [
			"type information of modules: names of their drop reasons, their functions' arguments",
			'模块的类型信息:其丢包原因的名称、函数参数',
		],
		since: '5.11',
		needs: ['btf'],
		config: ['CONFIG_DEBUG_INFO_BTF_MODULES'],
		try: (machine) => {
			const modules = readdirSync('/sys/kernel/btf').length - 1;
			if (modules > 0) return yes(say(`${modules} modules`, `${modules} 个模块`));
			if (readModules() === 0) return unknown(say('no module is loaded', '没有加载任何模块'));
			const off = machine.builtWith('CONFIG_DEBUG_INFO_BTF_MODULES') === false;
			return no(
				off
					? say('the kernel was built without CONFIG_DEBUG_INFO_BTF_MODULES', '内核未启用 CONFIG_DEBUG_INFO_BTF_MODULES')
					: say('no loaded module has any', '已加载的模块均无'),
			);
		},
	},
	'drop-reasons': {
		group: 'kernel',
		means: ['the kernel says why it drops a packet', '内核给出丢包原因'],
		since: '5.17',
		needs: ['btf'],
		try: (machine) => {
			const reasons = new Reasons(machine.btf());
			if (!reasons.available) return no(say('its types have no enum skb_drop_reason', '类型中没有 enum skb_drop_reason'));
			return yes(say(`${reasons.all().length} reasons`, `${reasons.all().length} 种原因`));
		},
	},
	'drop-socket': {
		group: 'kernel',
		means: ['a drop comes with the receiving socket (rx_sk of kfree_skb)', '丢包事件附带接收套接字(kfree_skb 的 rx_sk)'],
		since: '6.11',
		needs: ['btf'],
		try: (machine) => {
			const btf = machine.btf();
			const count = btf && tracepointArguments(btf, 'kfree_skb');
			if (count === undefined) return no(say('there is no such tracepoint', '没有该跟踪点'));
			return count > 3 ? yes() : no(say(`the tracepoint has ${count} arguments`, `该跟踪点有 ${count} 个参数`));
		},
	},
	kallsyms: {
		group: 'kernel',
		means: ['addresses of kernel functions are shown, so that locations have names', '内核函数地址可见,位置可显示为函数名'],
		remedy: ['sysctl kernel.kptr_restrict=1', 'sysctl kernel.kptr_restrict=1'],
		try: (machine) => {
			if (addressesShown()) return yes();
			const restrict = readFileSync('/proc/sys/kernel/kptr_restrict', 'latin1').trim();
			if (restrict === '2') return no('kernel.kptr_restrict=2');
			if (!machine.has('CAP_SYSLOG')) return notPermitted(say('not permitted: CAP_SYSLOG missing', '权限不足:缺少 CAP_SYSLOG'));
			return no(
				say(`/proc/kallsyms shows zeros (kernel.kptr_restrict=${restrict})`, `/proc/kallsyms 只显示零(kernel.kptr_restrict=${restrict})`),
			);
		},
	},
	lockdown: {
		group: 'kernel',
		means: ['the kernel is not locked down', '内核未被锁定(lockdown)'],
		try: (machine): Answer => {
			const state = machine.lockdown();
			if ('why' in state) return machine.has('CAP_SYS_ADMIN') ? unknown(state.why) : notPermitted(state.why);
			if ('absent' in state) return yes(say('it has no lockdown', '不支持 lockdown'));
			if (state.mode === 'none') return yes();
			return no(
				say(
					`lockdown=${state.mode}: some ways to look into it are refused, even to root`,
					`lockdown=${state.mode}:某些观察方式对 root 也会拒绝`,
				),
			);
		},
	},
	cgroup2: {
		group: 'kernel',
		means: ['control groups v2 are mounted, for --cgroup and --container', '已挂载 cgroup v2,可用 --cgroup 与 --container'],
		since: '4.5',
		remedy: ['mount -t cgroup2 none /sys/fs/cgroup/unified', 'mount -t cgroup2 none /sys/fs/cgroup/unified'],
		try: () => {
			const root = cgroupRoot();
			return root === undefined ? no(say('none is', '未挂载')) : yes(root);
		},
	},
} as const satisfies Record<string, Probe>;

/** Modules that are loaded. */
function readModules(): number {
	try {
		return readFileSync('/proc/modules', 'latin1').split('\n').length - 1;
	} catch {
		// a kernel without modules
		return 0;
	}
}

/** The table begins with per-CPU variables, which lie near address 0: functions come later. */
const LOOK_AT_BYTES = 1 << 20;

function addressesShown(): boolean {
	const fd = openSync('/proc/kallsyms', 'r');
	const text = Buffer.alloc(LOOK_AT_BYTES);
	try {
		let length = 0;
		for (let count = 1; count > 0 && length < LOOK_AT_BYTES; length += count)
			count = readSync(fd, text, length, LOOK_AT_BYTES - length, null);
		return /^(?!0{16})[0-9a-f]{16} [tT] /m.test(text.toString('latin1', 0, length));
	} finally {
		closeSync(fd);
	}
}
