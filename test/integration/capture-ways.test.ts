/** A file of a packet's way: the packet at every point where it was seen, which is what the JSON line says. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { missing } from '../cli/requirements.ts';
import { until } from './healthy.ts';
import { CLIENT, Network, SERVER } from './network.ts';
import { Tracer } from './tracer.ts';

const PORT = 7007;
const PAYLOAD = 700;
/** A few: where each has a program of its own, all of them take an emulated machine minutes. */
const POINTS = '__ip_local_out,ip_output,net:net_dev_queue,net:net_dev_start_xmit,net:netif_receive_skb,ip_rcv,udp_rcv';

/** An emulated machine (scripts/test-in-guest) needs a minute to start tshark: there the file is only looked through. */
const emulated = process.env.MANY !== undefined;
const unable = missing(['root', 'tracing', 'netns', ...(emulated ? [] : (['tshark'] as const))]);

test('a file of the way of a packet', { skip: unable }, async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'nt-ways-'));
	const file = join(folder, 'ways.pcapng');
	const network = new Network('ways');
	const words = ['-t', POINTS, '--netns', network.namespaces.join(','), '-w', file, '--snaplen', '1000', '-p', 'udp', '--dport', `${PORT}`];
	const tracer = new Tracer(words, 'nettrace');
	t.after(() => {
		tracer.clean();
		network.close();
		rmSync(folder, { recursive: true, force: true });
	});
	await tracer.ready();
	const sender = network.udp('client', CLIENT, 4001);
	sender.sendTo(SERVER, PORT, 'x'.repeat(PAYLOAD));
	await until('the packet to be told', () => tracer.paths[0], 60_000);
	sender.close();
	await tracer.stop();
	const [path] = tracer.paths;
	if (emulated) {
		const bytes = readFileSync(file, 'latin1');
		assert.ok(bytes.includes('x'.repeat(PAYLOAD)));
		for (const point of ['net:net_dev_start_xmit', 'net:netif_receive_skb', 'skb:kfree_skb']) assert.ok(bytes.includes(`${point} `), point);
		assert.equal(path?.verdict, 'dropped');
		return;
	}
	const fields = ['frame.comment', 'frame.interface_name', 'ip.dst', 'udp.dstport', 'data.len'];
	const lines = execFileSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields.flatMap((name) => ['-e', name])], {
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	})
		.trimEnd()
		.split('\n')
		.map((line) => line.split('\t'));
	// before it has headers there is nothing to write
	const written = path?.events.slice(-lines.length) ?? [];
	assert.ok(lines.length > 5 && lines.length <= (path?.events.length ?? 0), `${lines.length} packets in the file`);
	for (const [i, [comment = '', device, daddr, dport, length]] of lines.entries()) {
		const event = written[i];
		assert.equal(comment.split(' ')[0], event?.point);
		if (event?.device?.name) assert.equal(device, event.device.name);
		// on its way out a packet gets its headers one after the other
		if (daddr !== '' && dport !== '') assert.deepEqual([daddr, dport, length], [SERVER, `${PORT}`, `${PAYLOAD}`]);
	}
	assert.match(lines.at(-1)?.[0] ?? '', /^skb:kfree_skb .*; dropped$/);
});
