import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BENIGN, benignBecause, benignReasons, type Glance } from '../../src/drops/benign.ts';
import { ADDRESS_FAMILY } from '../../src/drops/drop.ts';
import { Reasons } from '../../src/kernel/reasons.ts';
import type { Packet } from '../../src/packet/packet.ts';
import { btfWithoutReasons, reasonBtf } from '../kernel/reason-btf.ts';

const PACKET: Packet = { family: 'ipv4', proto: 'udp', saddr: '10.9.1.2', daddr: '10.9.1.1', len: 60 };
const to = (daddr: string, family: 'ipv4' | 'ipv6' = 'ipv4'): Packet => ({ ...PACKET, family, daddr });
const icmp = (proto: string, type: number): Packet => ({ ...PACKET, proto, icmp: { type, code: 0 } });

type Given = Partial<Omit<Glance, 'packet'>> & { packet?: Packet };
const because = ({ packet = PACKET, ...given }: Given) =>
	benignBecause({ reason: 'NOT_SPECIFIED', symbol: 'ip_rcv', family: 0, ...given, packet: () => packet });

const FREED = 'freed after use';
const EMPTIED = 'a queue was emptied with its owner';
const UNIX = 'a unix socket went away, or skipped data it does not want';
const LOCAL = 'talk between local processes, or with the kernel, not a network packet';
const CLOSED = 'a socket was closed with packets in its queues';
const MULTICAST = 'multicast that nobody here joined';
const ECHO = 'an echo reply that its ping took from a raw socket';
const RAW = 'the copy for a raw socket whose filter asks for other packets, such as a second ping';
const RAW_ECHO = 'the copy of an echo reply for a raw socket that asks for other packets, such as a second ping';
const ACK = 'an acknowledgement that a connection being set up or closed has taken note of';
const TIME_WAIT = 'the last segments of a connection that this side has closed already (TIME-WAIT)';
const CLOSED_OR_UNKNOWN = 'the last segments of a connection that this side has closed already, or does not know';
const segment = (flags: string): Packet => ({ family: 'ipv4', proto: 'tcp', len: 40, tcp: { flags, seq: 1 } });
const ICMPV6 = 'an ICMPv6 error, echo request or neighbour discovery that was dealt with: kernels before 6.3 free it like a dropped packet';

/** Hits, and beside each what is just not one. */
const CASES: [name: string, given: Given, expected: string | undefined][] = [
	['consumed', { reason: 'CONSUMED' }, FREED],
	['nearly consumed', { reason: 'NOT_SPECIFIED' }, undefined],
	['no reason', { reason: undefined }, undefined],
	['queue purged', { reason: 'QUEUE_PURGE' }, EMPTIED],
	['socket closed', { reason: 'SOCKET_CLOSE' }, EMPTIED],
	['queue pruned, which loses data', { reason: 'TCP_OFO_QUEUE_PRUNE' }, undefined],
	['full queue', { reason: 'SOCKET_RCVBUFF' }, undefined],
	['unix gone', { reason: 'UNIX_DISCONNECT' }, UNIX],
	['unix skipped', { reason: 'UNIX_SKIP_OOB' }, UNIX],
	['unix socket', { family: ADDRESS_FAMILY.unix }, LOCAL],
	['netlink socket', { family: ADDRESS_FAMILY.netlink }, LOCAL],
	['packet socket', { family: ADDRESS_FAMILY.packet }, undefined],
	['internet socket', { family: ADDRESS_FAMILY.inet }, undefined],
	['unix function', { symbol: 'unix_stream_connect' }, LOCAL],
	['netlink function', { symbol: 'netlink_broadcast_filtered' }, LOCAL],
	['nfnetlink function', { symbol: 'nfnetlink_rcv_batch' }, LOCAL],
	['netfilter queue, which is not netlink', { symbol: 'nfqnl_enqueue_packet' }, undefined],
	['a function that only contains the word', { symbol: 'do_unix_things' }, undefined],
	['closing', { symbol: 'sk_stream_kill_queues' }, CLOSED],
	['closing, in a variant', { symbol: 'inet_sock_destruct.part.0' }, CLOSED],
	['closing, with a suffix of its own', { symbol: 'skb_queue_purge_reason' }, CLOSED],
	['closing, inner', { symbol: '__skb_queue_purge' }, CLOSED],
	['closing UDP', { symbol: 'udp_destruct_common' }, CLOSED],
	['a longer name', { symbol: 'sk_stream_kill_queues_now' }, undefined],
	['the end of a longer name', { symbol: 'my_tcp_disconnect' }, undefined],
	['raw socket', { symbol: 'raw_rcv', reason: 'SOCKET_FILTER' }, RAW],
	['raw socket, IPv6', { symbol: 'rawv6_rcv_skb.isra.0', reason: 'SOCKET_FILTER' }, RAW],
	['raw socket that is full', { symbol: 'raw_rcv', reason: 'SOCKET_RCVBUFF' }, undefined],
	['filter of another socket', { symbol: 'udp_queue_rcv_one_skb', reason: 'SOCKET_FILTER' }, undefined],
	['raw socket without reasons', { symbol: 'raw_rcv', reason: undefined, packet: icmp('icmp', 0) }, RAW_ECHO],
	['raw socket without reasons, another packet', { symbol: 'raw_rcv', reason: undefined, packet: icmp('icmp', 3) }, undefined],
	['IPv6 multicast', { symbol: 'ip6_mc_input', packet: to('ff02::1', 'ipv6') }, MULTICAST],
	['IPv6 unicast there', { symbol: 'ip6_mc_input', packet: to('fe80::1', 'ipv6') }, undefined],
	['IPv4 multicast', { symbol: 'ip_rcv_finish_core', packet: to('224.0.0.251') }, MULTICAST],
	['IPv4 multicast, the last', { symbol: 'ip_rcv_finish', packet: to('239.255.255.255') }, MULTICAST],
	['IPv4 multicast in a variant', { symbol: 'ip_rcv_finish_core.isra.0', packet: to('239.1.2.3') }, MULTICAST],
	['IPv4 below multicast', { symbol: 'ip_rcv_finish_core', packet: to('223.255.255.255') }, undefined],
	['IPv4 above multicast', { symbol: 'ip_rcv_finish_core', packet: to('240.0.0.1') }, undefined],
	['an address that begins like multicast', { symbol: 'ip_rcv_finish_core', packet: to('22.4.0.1') }, undefined],
	['broadcast', { symbol: 'ip_rcv_finish_core', packet: to('255.255.255.255') }, undefined],
	['multicast somewhere else', { symbol: 'udp_queue_rcv_one_skb', packet: to('224.0.0.251') }, undefined],
	['a packet without addresses', { symbol: 'ip_rcv_finish', packet: { family: 'ipv4', len: 20 } }, undefined],
	['echo reply', { symbol: 'icmp_rcv', packet: icmp('icmp', 0) }, ECHO],
	['echo reply of a ping socket', { symbol: 'ping_rcv', packet: icmp('icmp', 0) }, ECHO],
	['echo reply, IPv6', { symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 129) }, ECHO],
	['echo request', { symbol: 'icmp_rcv', packet: icmp('icmp', 8) }, undefined],
	['echo request, IPv6', { symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 128) }, ICMPV6],
	['echo request, IPv6, with a reason', { reason: 'ICMP_CSUM', symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 128) }, undefined],
	['type 0 of IPv6', { symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 0) }, undefined],
	['type 129 of IPv4', { symbol: 'icmp_rcv', packet: icmp('icmp', 129) }, undefined],
	['echo reply somewhere else', { symbol: 'nf_hook_slow', packet: icmp('icmp', 0) }, undefined],
	['not ICMP', { symbol: 'icmp_rcv' }, undefined],
	['an acknowledgement of a closing connection', { reason: 'NOT_SPECIFIED', symbol: 'tcp_rcv_state_process', packet: segment('ACK') }, ACK],
	['the same without reasons', { symbol: 'tcp_rcv_state_process', packet: segment('ACK') }, ACK],
	['a reset there', { reason: 'NOT_SPECIFIED', symbol: 'tcp_rcv_state_process', packet: segment('RST') }, undefined],
	['one with a reason', { reason: 'TCP_OLD_ACK', symbol: 'tcp_rcv_state_process', packet: segment('ACK') }, undefined],
	['the end of a connection, at TIME-WAIT', { reason: 'NOT_SPECIFIED', symbol: 'tcp_v4_rcv', packet: segment('FIN|ACK') }, TIME_WAIT],
	['data after the end', { reason: 'NOT_SPECIFIED', symbol: 'tcp_v6_rcv', packet: segment('PSH|ACK') }, TIME_WAIT],
	['a SYN there', { reason: 'NOT_SPECIFIED', symbol: 'tcp_v4_rcv', packet: segment('SYN') }, undefined],
	['the end of a connection without a socket', { reason: 'NO_SOCKET', symbol: 'tcp_v4_rcv', packet: segment('FIN|ACK') }, undefined],
	['the end of a connection, without reasons', { reason: undefined, symbol: 'tcp_v4_rcv', packet: segment('FIN|ACK') }, CLOSED_OR_UNKNOWN],
	['an acknowledgement, without reasons', { reason: undefined, symbol: 'tcp_v4_rcv', packet: segment('ACK') }, CLOSED_OR_UNKNOWN],
	['data, without reasons', { reason: undefined, symbol: 'tcp_v4_rcv', packet: { ...segment('ACK'), len: 1500 } }, undefined],
	['a reset, without reasons', { reason: undefined, symbol: 'tcp_v4_rcv', packet: segment('RST') }, undefined],
	['ICMPv6 error', { symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 1) }, ICMPV6],
	['neighbour advertisement, without reasons', { reason: undefined, symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 136) }, ICMPV6],
	['ICMPv6 error that is wrong', { reason: 'ICMP_CSUM', symbol: 'icmpv6_rcv', packet: icmp('icmpv6', 1) }, undefined],
	['ICMP of that number', { symbol: 'icmpv6_rcv', packet: icmp('icmp', 3) }, undefined],
	['no symbol', { symbol: undefined, packet: to('224.0.0.1') }, undefined],
	['what firewalls drop', { reason: 'NETFILTER_DROP', symbol: 'nft_do_chain' }, undefined],
	['no socket', { reason: 'NO_SOCKET', symbol: '__udp4_lib_rcv' }, undefined],
];

describe('benign is', () => {
	for (const [name, given, expected] of CASES) it(`${expected ? 'so' : 'not so'}: ${name}`, () => assert.equal(because(given), expected));

	it('said by every entry of the table for one of these', () => {
		assert.deepEqual(new Set(CASES.flatMap(([, , why]) => why ?? [])), new Set(BENIGN.map(({ why }) => why)));
		for (const entry of BENIGN)
			assert.ok(entry.reasons || entry.symbols || entry.families, `${entry.why}: a look at the packet alone is too dear`);
	});

	it('found without a look at the packet where that is not needed', () => {
		const glance = { family: 0, packet: () => assert.fail('looked') };
		assert.equal(benignBecause({ ...glance, reason: 'CONSUMED', symbol: 'ip_rcv' }), FREED);
		assert.equal(benignBecause({ ...glance, reason: 'NO_SOCKET', symbol: 'tcp_v4_rcv' }), undefined);
	});
});

describe('reasons that are benign whatever else is true', () => {
	it('are those of entries that give nothing else', () => {
		const names = benignReasons(new Reasons(reasonBtf().kernel, () => [])).map(({ name }) => name);
		assert.deepEqual(names, ['CONSUMED', 'QUEUE_PURGE']);
	});

	it('are none on a kernel without reasons', () => {
		assert.deepEqual(benignReasons(new Reasons(btfWithoutReasons(), () => [])), []);
	});

	it('are benign for the second look too', () => {
		for (const { reasons = [], symbols, families, packet } of BENIGN)
			if (!symbols && !families && !packet) for (const reason of reasons) assert.ok(because({ reason }), reason);
	});
});
