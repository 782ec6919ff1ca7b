export { pageFolder } from './page-folder.ts'
