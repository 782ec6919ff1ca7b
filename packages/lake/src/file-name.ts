/** Names of all files of ours begin so; the sweep of orphans touches no others. */
export const FILE_PREFIX = 'millrace-'
