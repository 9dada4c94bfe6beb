/** What sights have in common, besides whose they are and when: the point, and what is said of it there. One shape, whatever it has. */
import type { Reason } from '../kernel/reasons.ts';
import type { Captured } from '../session/captured.ts';
import type { HookSeen, PathEvent } from './path.ts';
import type { Place } from './place.ts';

export class Kind {
	readonly place: Place;
	/** more than one sight is of it: nobody writes to it any more */
	readonly shared: boolean;
	ret: number | string | undefined;
	returned: string | undefined;
	note: string | undefined;
	stack: string[] | undefined;
	reason: Reason | undefined;
	location: PathEvent['location'];
	hook: HookSeen | undefined;
	captured: Captured | undefined;
	functions: string[] | undefined;
	/** what is written of it, kept by whoever writes: packets take the same ways again and again */
	text: unknown;

	constructor(place: Place, shared: boolean) {
		this.place = place;
		this.shared = shared;
		this.ret = undefined;
		this.returned = undefined;
		this.note = undefined;
		this.stack = undefined;
		this.reason = undefined;
		this.location = undefined;
		this.hook = undefined;
		this.captured = undefined;
		this.functions = undefined;
		this.text = undefined;
	}

	/** The same for one sight, which has more to tell. */
	copy(): Kind {
		const own = new Kind(this.place, false);
		own.ret = this.ret;
		own.returned = this.returned;
		own.note = this.note;
		own.stack = this.stack;
		own.reason = this.reason;
		own.location = this.location;
		own.hook = this.hook;
		own.captured = this.captured;
		own.functions = this.functions;
		return own;
	}
}
