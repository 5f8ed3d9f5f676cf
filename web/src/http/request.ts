import type { ErrorCode, FieldError, Problem } from '@/wire/types'

const ANSWER_WITHIN_MS = 20_000

/** The server understood and said no. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail)
  }

  get code(): ErrorCode {
    return this.problem.code
  }

  get fields(): FieldError[] {
    return this.problem.errors ?? []
  }
}

/** No answer, or none that means anything: the network, the server or what is between is in trouble. */
export class Unreachable extends Error {
  constructor() {
    super('The server can’t be reached right now.')
  }
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  token?: string
}

/** One request. Rejects with [`Refused`] or [`Unreachable`], nothing else. */
export async function request<T>({ method, path, body, token }: Call): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (body !== undefined) headers['content-type'] = 'application/json'
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`

  let response: Response
  let text: string
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    text = await response.text()
  } catch {
    throw new Unreachable()
  }
  const value = parse(text)
  if (response.ok) return value as T
  if (response.status >= 500 || !isProblem(value)) throw new Unreachable()
  throw new Refused(value)
}

function parse(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value
}
