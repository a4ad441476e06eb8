/** In the place of an id on Home: a link was opened that leads to nothing known here. */
export const UNKNOWN_LINK = 'unknown-link';
