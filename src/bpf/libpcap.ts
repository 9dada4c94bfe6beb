/** libpcap: its compiler of filter expressions. Debian names the library after an interface older than the rest of the world's. */
import { bind } from './ffi.ts';

export const LIBPCAP = ['libpcap.so.0.8', 'libpcap.so.1'];

export const libpcap = bind(
	LIBPCAP,
	{
		pcap_lib_version: ['str'],
		pcap_open_dead: ['ptr', 'int', 'int'],
		pcap_compile: ['int', 'ptr', 'buf', 'str', 'int', 'u32'],
		pcap_geterr: ['str', 'ptr'],
		pcap_freecode: ['void', 'buf'],
		pcap_close: ['void', 'ptr'],
		pcap_offline_filter: ['int', 'buf', 'buf', 'buf'],
	},
	{ name: 'libpcap 1.8', debian: 'libpcap0.8', fedora: 'libpcap' },
);
