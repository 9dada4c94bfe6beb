/**
 * V8 keeps a text that was put together as a tree of its pieces until somebody looks into it, and each use of the tree costs by the piece.
 * A look at a character puts them together, once for all uses.
 */
export function onePiece(text: string): string {
	text.charCodeAt(0);
	return text;
}
