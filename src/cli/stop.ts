/**
 * Why and when a run ends. The first SIGINT, SIGTERM or SIGHUP asks for it, the second ends the process at once.
 */
import { EXIT } from '../errors.ts';

export type Cause = 'signal' | 'count' | 'duration' | 'closed' | 'output' | 'netns';

export class Stop {
	/** why, once something asked */
	cause: Cause | undefined;
	private wake: (() => void) | undefined;
	private timer: NodeJS.Timeout | undefined;

	get asked(): boolean {
		return this.cause !== undefined;
	}

	/** Listens to signals, from now to the end of the process. */
	listen(): void {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => {
				if (this.cause === 'signal') process.exit(EXIT.killed);
				this.now('signal');
			});
		}
		// Node would start its debugger
		process.on('SIGUSR1', () => {});
	}

	now(cause: Cause): void {
		this.cause ??= cause;
		clearTimeout(this.timer);
		this.wake?.();
	}

	/** @param ms milliseconds from now */
	after(ms: number, cause: Cause): void {
		// setTimeout overflows at 2^31 ms
		this.timer = setTimeout(() => this.now(cause), Math.min(ms, 2 ** 31 - 1));
	}

	/** Waits `ms`, or until something asks to stop. 0 still lets signals through. */
	sleep(ms: number): Promise<void> {
		if (this.asked) return Promise.resolve();
		return new Promise((resolve) => {
			const done = () => {
				clearTimeout(timer);
				this.wake = undefined;
				resolve();
			};
			const timer = setTimeout(done, ms);
			this.wake = done;
		});
	}

	/** Waits `ms` although a stop was asked for. */
	pause(ms: number): Promise<void> {
		return new Promise((resolve) => setTimeout(resolve, ms));
	}
}
