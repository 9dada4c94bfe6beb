/**
 * Texts with a time in them, by tenths of a microsecond. Nearly all times are short and nearly all texts have been said before; a string
 * of pieces costs by the piece when it is written, so what is said often is kept whole.
 */
import { onePiece } from '../pieces.ts';

/** Something that is said with a time, and the texts that are kept of it. */
export interface Timed {
	/** how often it was said, until it is worth a table */
	uses: number;
	/** whole texts, by tenths of a microsecond */
	texts: (string | undefined)[] | undefined;
	/** how many are in there */
	kept: number;
}

/** Texts are kept of what was said this often, for times up to this, tenths of a microsecond; and so many tables and texts in all. */
const USES_LEAST = 32;
const UNTIL = 1000;
const TABLES_MOST = 512;
const TEXTS_MOST = 20_000;

/** 123,456 ns are 1,235 tenths of a microsecond. */
export const tenthsOf = (ns: number): number => Math.round(ns / 100);

export class TimedTexts<T extends Timed> {
	private readonly make: (what: T, ns: number) => string;
	private kept = 0;
	private tables = 0;

	/** @param make says it; of times that are equal in tenths of a microsecond it has to say the same */
	constructor(make: (what: T, ns: number) => string) {
		this.make = make;
	}

	/** One piece, most times. */
	of(what: T, ns: number): string {
		const tenths = tenthsOf(ns);
		const known = tenths < UNTIL ? what.texts?.[tenths] : undefined;
		return known ?? this.add(what, ns, tenths);
	}

	private add(what: T, ns: number, tenths: number): string {
		const text = this.make(what, ns);
		what.uses++;
		if (what.uses === USES_LEAST && this.tables < TABLES_MOST) {
			// as long as it gets: what grows by far places becomes a table of another kind, which takes three times as long to look into
			what.texts = new Array<string | undefined>(UNTIL);
			this.tables++;
		}
		if (what.texts !== undefined && tenths < UNTIL && this.kept < TEXTS_MOST) {
			what.texts[tenths] = onePiece(text);
			what.kept++;
			this.kept++;
		}
		return text;
	}

	/** It is said no more. */
	forget({ texts, kept }: T): void {
		if (texts === undefined) return;
		this.kept -= kept;
		this.tables--;
	}
}
