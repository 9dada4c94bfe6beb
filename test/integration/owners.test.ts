/** Packets by the processes that have their sockets open. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { selectPoints } from '../../src/catalogue/select.ts';
import { bestFor } from '../../src/trace/backends.ts';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { makeNamespaces, removeNamespaces } from './netns.ts';
import { Talker } from './talker.ts';
import { Tracer } from './tracer.ts';

const unable = missing(['root', 'tracing', 'netns']);
const NOTHING = { trace: undefined, exclude: [], matcher: [], free: [], stack: [], functions: [], returns: false } as const;
const functions = unable ? undefined : bestFor(selectPoints(NOTHING, true).points).backend;
/** where a datagram comes by, from the sender's socket to the receiver's */
const POINTS = '__ip_local_out,net:net_dev_queue,net:netif_receive_skb,ip_rcv,udp_rcv,__udp_enqueue_schedule_skb,skb:consume_skb';
const [THEIRS, OURS] = [7001, 7002];
/** as long as the kernel keeps it, and longer */
const NAME = 'nt-asked-for-it';

describe('--comm and --pid', { skip: unable }, () => {
	test('show packets of sockets that the process has open, however new, and no others', async (t) => {
		const [netns = ''] = makeNamespaces('owners');
		t.after(removeNamespaces);
		execFileSync('ip', ['-n', netns, 'link', 'set', 'lo', 'up']);
		const asked = await Talker.start(t, netns, NAME);
		const other = await Talker.start(t, netns, 'nt-other');
		await other.listen(THEIRS);
		await asked.listen(OURS);
		const tracers = [`--comm=none,${NAME}-and-more`, `--pid=${asked.pid}`].map(
			(option) => new Tracer(['-t', POINTS, '--netns', netns, option, '-p', 'udp'], 'nettrace'),
		);
		for (const tracer of tracers) t.after(() => tracer.clean());
		for (const tracer of tracers) await tracer.ready();
		const unseen = await other.send(THEIRS);
		const seen = await asked.send(THEIRS);
		const received = await other.send(OURS);
		const expected = [seen, ...(functions ? [received] : [])].sort();
		for (const tracer of tracers) await until('the packets', () => (tracer.paths.length >= expected.length ? true : undefined), 30_000);
		// and what should not be there would come by now
		await pause(500);
		for (const tracer of tracers) {
			await tracer.stop();
			const sources = tracer.paths.map(({ packet }) => packet.sport);
			assert.deepEqual(sources.sort(), expected, `${unseen} is not theirs: ${JSON.stringify(tracer.paths)}`);
			// it is known whose a packet is where it comes to the socket
			const late = tracer.paths.find(({ packet }) => packet.sport === received);
			assert.equal(late?.events[0]?.point, functions && '__udp_enqueue_schedule_skb');
			assert.equal(tracer.end?.lost, 0);
		}
	});
});
