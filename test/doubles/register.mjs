/** `node --import` this: whoever imports `electron` gets the built double that `ELECTRON_DOUBLE` names by its URL. */
import { register } from 'node:module';

const hooks = `
  export const resolve = (specifier, context, next) =>
    specifier === 'electron'
      ? { url: ${JSON.stringify(process.env['ELECTRON_DOUBLE'])}, shortCircuit: true }
      : next(specifier, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
