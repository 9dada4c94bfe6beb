/** Libraries that are loaded when needed. */
import { bind, libraryPresent } from '../../bpf/ffi.ts';
import { LIBBPF, libbpf } from '../../bpf/libbpf.ts';
import { say } from '../../lang.ts';
import { no, type Probe, yes } from '../probe.ts';

/** Debian kept the name of 2004. */
const LIBPCAP = ['libpcap.so.1', 'libpcap.so.0.8'];
const libpcap = bind(LIBPCAP, { pcap_lib_version: ['str'] });

const cannotLoad = (names: readonly string[]) => no(say(`cannot load ${names.join(', ')}`, `无法加载 ${names.join('、')}`));

/** '1.1' */
export const libbpfVersion = (): string => (libbpf.libbpf_version_string() ?? '').replace(/^v/, '');

export const LIBRARIES = {
	libbpf: {
		group: 'libraries',
		means: ['libbpf 1.0 or later, which loads programs', 'libbpf 1.0 或更新版本,用于加载程序'],
		remedy: [
			'install libbpf 1.0 or later (Debian, Ubuntu: apt install libbpf1; Fedora: dnf install libbpf)',
			'请安装 libbpf 1.0 或更新版本(Debian、Ubuntu:apt install libbpf1;Fedora:dnf install libbpf)',
		],
		try: () => (libraryPresent(LIBBPF) ? yes(libbpfVersion()) : cannotLoad(LIBBPF)),
	},
	libpcap: {
		group: 'libraries',
		means: ["libpcap, which understands tcpdump's expressions", 'libpcap,用于解析 tcpdump 表达式'],
		remedy: [
			'install libpcap (Debian, Ubuntu: apt install libpcap0.8; Fedora: dnf install libpcap)',
			'请安装 libpcap(Debian、Ubuntu:apt install libpcap0.8;Fedora:dnf install libpcap)',
		],
		try: () => (libraryPresent(LIBPCAP) ? yes(/\d+(\.\d+)+/.exec(libpcap.pcap_lib_version() ?? '')?.[0]) : cannotLoad(LIBPCAP)),
	},
} as const satisfies Record<string, Probe>;
