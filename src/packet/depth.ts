/**
 * How many packets may be around a packet that is still dissected. Four are a tunnel in a tunnel, and an error about what is
 * inside; it keeps a crafted packet from costing more than a few dissections.
 */
export const MAX_DEPTH = 4;
