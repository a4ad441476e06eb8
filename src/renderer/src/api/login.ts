/** What of a browser is needed to get to the page where one logs in. */
export interface LoginWindow {
  readonly location: { reload(): void };
  readonly fetch: (path: string, options: { redirect: 'manual' }) => Promise<{ readonly type: string }>;
}

/**
 * A node that is there and asks for a login sends whoever has none elsewhere: the page follows, as its session has ended
 * or the node was started again. A node that does not answer is waited for.
 */
export async function logInAgain({ location, fetch }: LoginWindow): Promise<void> {
  const answer = await fetch('/', { redirect: 'manual' }).catch(() => undefined);
  if (answer?.type === 'opaqueredirect') location.reload();
}
