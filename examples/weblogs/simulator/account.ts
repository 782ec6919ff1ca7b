import { textHash } from './chance.ts'

const ACCOUNTS = 20_000

/** The nth customer with an account. */
export function userName(n: number): string {
  return `customer${n % ACCOUNTS}`
}

/** What that customer chose; the shop checks against it. */
export function passwordOf(user: string): string {
  return `p${textHash(`${user}:shop`).toString(36)}`
}

export function loginForm(user: string, password: string): string {
  return `user=${encodeURIComponent(user)}&password=${encodeURIComponent(password)}`
}

/** Whether user and password of a posted form belong together. */
export function isRightLogin(form: string): boolean {
  const fields = new URLSearchParams(form)
  const user = fields.get('user')
  return user !== null && /^customer\d+$/.test(user) && fields.get('password') === passwordOf(user)
}
