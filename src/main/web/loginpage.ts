import { inLanguage, languageOf } from '../../shared/i18n/language.ts';
import { said } from '../../shared/i18n/shared.ts';
import { durationText } from '../../shared/units.ts';
import { contentSecurityPolicy, securityHeaders } from './assets.ts';

/** Why nobody was let in. */
export type LoginProblem = 'wrong' | { readonly waitSeconds: number };

/**
 * What stands where the window will be until someone has logged in. It needs no script. `wanted` are the languages of the
 * visitor's browser, as its `Accept-Language` names them.
 */
export function loginPage(
  wanted: string | undefined,
  problem?: LoginProblem,
): { headers: Record<string, string>; body: Buffer } {
  const tags = (wanted ?? '').split(',').map((range) => range.split(';')[0]?.trim() ?? '');
  const language = languageOf('system', tags);
  return inLanguage(language, () => ({
    headers: { ...headers },
    body: Buffer.from(pageOf(language, problem)),
  }));
}

function pageOf(language: string, problem: LoginProblem | undefined): string {
  const alert = problem === undefined ? '' : `<p role="alert">${problemText(problem)}</p>`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>${said('login.title')} · Slotkeeper</title>
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
${alert}
<form method="post" action="/login">
<label for="password">${said('login.password')}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button type="submit">${said('login.title')}</button>
</form>
</main>
</body>
</html>
`;
}

const problemText = (problem: LoginProblem): string =>
  problem === 'wrong'
    ? said('login.wrong')
    : said('login.tooMany', { time: durationText(problem.waitSeconds) });

const headers = {
  ...securityHeaders,
  // Without a referrer a browser sends no origin with a form, by which ours is told from another page's.
  'Referrer-Policy': 'same-origin',
  'Content-Security-Policy': contentSecurityPolicy.replace("form-action 'none'", "form-action 'self'"),
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  Vary: 'Accept-Language',
};
