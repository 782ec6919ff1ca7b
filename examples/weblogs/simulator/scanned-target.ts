import type { Chance } from './chance.ts'

const KNOWN: readonly string[] = [
  '/.env',
  '/.git/config',
  '/.git/HEAD',
  '/wp-login.php',
  '/wp-admin/',
  '/xmlrpc.php',
  '/phpmyadmin/index.php',
  '/server-status',
  '/backup.zip',
  '/config.json',
  '/actuator/health',
  '/actuator/env',
  '/admin/login',
  '/cgi-bin/test.cgi',
  '/login',
  '/robots.txt',
  '/.aws/credentials',
  '/api/v1/users',
]
const FOLDERS = ['admin', 'old', 'backup', 'test', 'tmp', 'shop', 'api', 'wp-content/plugins', 'uploads', 'dev', 'db', 'product', 'account']
const NAMES = ['index', 'config', 'shell', 'upload', 'dump', 'setup', 'info', 'users', 'export', 'readme', 'install', 'debug']
const ENDINGS = ['.php', '.bak', '.sql', '.zip', '.json', '.txt', '.asp', '.old', '~', '/']

/** What scanners ask for: a list that everybody has, and its combinations. */
export function scannedTarget(chance: Chance): string {
  if (chance.happens(0.25)) return chance.pick(KNOWN)
  const number = chance.happens(0.3) ? String(chance.below(100)) : ''
  return `/${chance.pick(FOLDERS)}/${chance.pick(NAMES)}${number}${chance.pick(ENDINGS)}`
}
