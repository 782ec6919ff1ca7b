/** The demo cannot go on; the message says why, to the user. */
export class DemoFailure extends Error {}
