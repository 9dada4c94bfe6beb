/** A process under a name of its own, which opens sockets and sends from them when it is told to. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

/** Runs in the other process. A line is a verb and a port; each is answered with the local port of a socket that stays open. */
const SCRIPT = `
const { createSocket } = require('node:dgram');
process.title = process.argv[1];
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
	const [verb, port] = line.split(' ');
	const socket = createSocket('udp4');
	const answer = () => process.stdout.write(socket.address().port + '\\n');
	if (verb === 'listen') socket.bind(Number(port), '127.0.0.1', answer);
	else socket.send('x', Number(port), '127.0.0.1', answer);
}).on('close', () => process.exit());
console.log('ready');
`;

export class Talker {
	private readonly child: ChildProcess;

	private constructor(netns: string, name: string) {
		this.child = spawn('ip', ['netns', 'exec', netns, process.execPath, '-e', SCRIPT, name], { stdio: ['pipe', 'pipe', 'inherit'] });
		this.child.stdout?.setEncoding('utf8');
	}

	/** @param name of up to 15 bytes, as /proc/PID/comm has it */
	static async start(t: TestContext, netns: string, name: string): Promise<Talker> {
		const talker = new Talker(netns, name);
		t.after(() => talker.child.kill());
		await talker.answer();
		return talker;
	}

	/** 'ip netns exec' becomes the program that it starts. */
	get pid(): number {
		return this.child.pid ?? 0;
	}

	/** Opens a socket on a port of 127.0.0.1. */
	async listen(port: number): Promise<void> {
		await this.tell(`listen ${port}`);
	}

	/** Opens a socket, and sends a datagram from it. @returns its port */
	async send(port: number): Promise<number> {
		return Number(await this.tell(`send ${port}`));
	}

	private tell(line: string): Promise<string> {
		const answer = this.answer();
		this.child.stdin?.write(`${line}\n`);
		return answer;
	}

	private async answer(): Promise<string> {
		const [text] = await once(this.child.stdout as NodeJS.EventEmitter, 'data');
		return String(text).trim();
	}
}
