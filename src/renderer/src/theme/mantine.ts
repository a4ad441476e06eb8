import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const accent = Array.from({ length: 10 }, () => 'var(--accent)') as unknown as MantineColorsTuple;

/** Mantine's parts in our tokens: it draws no colour, radius or time of its own. */
export const mantineTheme = createTheme({
  fontFamily: 'var(--font)',
  primaryColor: 'accent',
  colors: { accent },
  autoContrast: false,
  defaultRadius: 6,
  respectReducedMotion: true,
  cursorType: 'pointer',
  lineHeights: { xs: '16px', sm: '18px', md: '20px', lg: '20px', xl: '32px' },
  fontSizes: { xs: '12px', sm: '14px', md: '14px', lg: '14px', xl: '24px' },
  variantColorResolver: ({ variant, color }) =>
    (color === 'danger' ? dangerColors : buttonColors)[variant as 'filled' | 'default'] ??
    buttonColors.default,
});

/** Filled is the one primary action in view, default the second, subtle the quiet one. */
const buttonColors = {
  filled: {
    background: 'var(--accent)',
    hover: 'var(--accenth)',
    color: 'var(--onaccent)',
    border: '1px solid transparent',
  },
  default: {
    background: 'transparent',
    hover: 'var(--raised)',
    color: 'var(--text)',
    border: '1px solid var(--line2)',
  },
  subtle: {
    background: 'transparent',
    hover: 'transparent',
    color: 'var(--accent)',
    hoverColor: 'var(--accenth)',
    border: '1px solid transparent',
  },
};

/** What destroys: red text, and filled only where the question is asked. */
const dangerColors = {
  filled: { ...buttonColors.filled, background: 'var(--danger)', hover: 'var(--danger)', color: 'var(--bg)' },
  default: { ...buttonColors.default, color: 'var(--danger)' },
};

const variables = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--text3)',
  '--mantine-color-placeholder': 'var(--text3)',
  '--mantine-color-error': 'var(--danger)',
  '--mantine-color-anchor': 'var(--accent)',
  '--mantine-color-default': 'transparent',
  '--mantine-color-default-hover': 'var(--raised)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--line2)',
  '--mantine-color-disabled': 'transparent',
  '--mantine-color-disabled-color': 'var(--text3)',
  '--mantine-color-disabled-border': 'var(--line)',
  '--mantine-primary-color-filled': 'var(--accent)',
  '--mantine-primary-color-filled-hover': 'var(--accenth)',
  '--mantine-primary-color-contrast': 'var(--onaccent)',
};

export const mantineVariables: CSSVariablesResolver = () => ({
  variables,
  light: variables,
  dark: variables,
});

/** For every menu: in place, at once, and without the placeholder that a screen reader would take for an item. */
export const quietMenu = {
  position: 'bottom-end',
  transitionProps: { duration: 0 },
  withinPortal: false,
  hideDetached: false,
  withInitialFocusPlaceholder: false,
} as const;
