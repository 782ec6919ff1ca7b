import { defineProject } from 'millrace'

export default defineProject({ name: 'weblogs', partitions: 2, assets: ['weblogs.ts'] })
