import { contentSecurityPolicy, securityHeaders } from './assets.ts';

/** What stands where the window will be until someone has logged in. It needs no script. */
export function loginPage(problem?: string): { headers: Record<string, string>; body: Buffer } {
  const said = problem === undefined ? '' : `<p role="alert">${problem}</p>`;
  const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>Log in · Slotkeeper</title>
<style>
:root { color-scheme: light dark; font: 14px/20px system-ui; }
main { max-width: 320px; margin: 15vh auto 0; padding: 0 16px; }
label, input, button { display: block; width: 100%; box-sizing: border-box; font: inherit; }
input, button { height: 36px; margin: 4px 0 16px; padding: 0 12px; }
</style>
</head>
<body>
<main>
<h1>Slotkeeper</h1>
${said}
<form method="post" action="/login">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">Log in</button>
</form>
</main>
</body>
</html>
`;
  return { headers: { ...headers }, body: Buffer.from(body) };
}

const headers = {
  ...securityHeaders,
  // Without a referrer a browser sends no origin with a form, by which ours is told from another page's.
  'Referrer-Policy': 'same-origin',
  'Content-Security-Policy': contentSecurityPolicy.replace("form-action 'none'", "form-action 'self'"),
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
};
