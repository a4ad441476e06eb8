import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  Menu,
  nativeImage,
  nativeTheme,
  Tray,
  type MenuItemConstructorOptions,
  type NativeImage,
} from 'electron';
import { applyLive, liveStateOf } from '../../shared/live.ts';
import { inLanguage, type Language } from '../../shared/i18n/language.ts';
import { said } from '../../shared/i18n/shared.ts';
import type { Status } from '../../shared/status.ts';
import type { LiveFeed } from '../ipc/live-feed.ts';
import { trayModel, type TrayModel } from './tray-model.ts';

export interface TrayActions {
  readonly open: () => void;
  readonly quit: () => void;
  /** Pauses or resumes these offers. */
  readonly setOffersEnabled: (ids: readonly string[], enabled: boolean) => void;
}

export interface TrayModules {
  readonly live: LiveFeed;
  /** The language of the menu, which may change with the settings. */
  readonly language: () => Language;
  readonly onSettings: { subscribe(listener: () => void): () => void };
  readonly actions: TrayActions;
}

/** Shows the node's state in the system's tray for as long as the application runs. Returns the end of it. */
export function showTray(
  { live, actions, language, onSettings }: TrayModules,
  { imageFolder }: { imageFolder: string },
): () => void {
  let state = liveStateOf(live.snapshot());
  const modelOf = () => inLanguage(language(), () => trayModel(state.tables));
  let shown = modelOf();
  const tray = new Tray(trayImage(imageFolder, shown.shape));
  tray.on('click', actions.open);
  const draw = () => {
    tray.setImage(trayImage(imageFolder, shown.shape));
    tray.setToolTip(shown.head.join('\n'));
    const menu = inLanguage(language(), () => trayMenu(shown, actions));
    tray.setContextMenu(Menu.buildFromTemplate(menu));
  };
  draw();
  const look = () => {
    const model = modelOf();
    if (isDeepStrictEqual(model, shown)) return;
    shown = model;
    draw();
  };
  const unsubscribe = live.subscribe((changes) => {
    state = applyLive(state, changes) ?? liveStateOf(live.snapshot());
    look();
  });
  const unfollow = onSettings.subscribe(look);
  nativeTheme.on('updated', draw);
  return () => {
    unsubscribe();
    unfollow();
    nativeTheme.off('updated', draw);
    tray.destroy();
  };
}

function trayMenu(
  { head, facts, offers, quit }: TrayModel,
  actions: TrayActions,
): MenuItemConstructorOptions[] {
  const lines = (labels: readonly string[]) => labels.map((label) => ({ label, enabled: false }));
  const separator = { type: 'separator' } as const;
  return [
    ...lines(head),
    separator,
    ...(facts.length > 0 ? [...lines(facts), separator] : []),
    { label: said('shell.open'), click: actions.open },
    ...(offers
      ? [
          {
            label: offers.label,
            click: () => actions.setOffersEnabled(offers.ids, offers.enables),
          },
        ]
      : []),
    separator,
    { label: quit, click: actions.quit },
  ];
}

/**
 * macOS colours a template image itself; elsewhere the theme decides. Linux panels are drawn for 22 pixels, Windows' for
 * 16 at least; Electron finds the `@2x` beside each by itself.
 */
function trayImage(folder: string, shape: Status['shape']): NativeImage {
  if (process.platform === 'darwin') {
    const image = nativeImage.createFromPath(join(folder, `${shape}Template.png`));
    image.setTemplateImage(true);
    return image;
  }
  const colour = nativeTheme.shouldUseDarkColors ? 'light' : 'dark';
  const size = process.platform === 'linux' ? 22 : 16;
  return nativeImage.createFromPath(join(folder, `${shape}-${colour}-${size}.png`));
}
