import type { Api } from '../../shared/api.ts';
import type { Handlers } from '../../shared/contract.ts';
import { sentence } from '../../shared/i18n/say.ts';
import type { AvailabilityId } from '../engine/contracts/ids.ts';
import type { SlotkeeperNode } from '../engine/node.ts';
import type { TellActivity } from './handlers.ts';

export interface OfferHandlerModules {
  readonly running: () => Pick<SlotkeeperNode, 'reservations'>;
  readonly tellActivity: TellActivity;
}

type OfferCall =
  'createAvailability' | 'updateAvailability' | 'deleteAvailability' | 'setAvailabilityEnabled';

/** The calls about offers; each that changed something is told. */
export function createOfferHandlers({
  running,
  tellActivity,
}: OfferHandlerModules): Pick<Handlers<Api>, OfferCall> {
  return {
    createAvailability: async ({ totalBytes, durationSeconds, ...rest }) => {
      const { id, name } = await running().reservations.createAvailability({
        ...rest,
        totalSize: totalBytes,
        duration: durationSeconds,
      });
      const told = sentence('activity.offerCreated', { name, size: { bytes: totalBytes } });
      tellActivity('offer', told, { offerId: id });
      return { id };
    },
    updateAvailability: async ({ id, totalBytes, durationSeconds, ...rest }) => {
      const { name } = await running().reservations.patchAvailability(id as AvailabilityId, {
        ...rest,
        totalSize: totalBytes,
        duration: durationSeconds,
      });
      tellActivity('offer', sentence('activity.offerChanged', { name }), { offerId: id });
      return null;
    },
    deleteAvailability: async ({ id }) => {
      const { reservations } = running();
      const before = reservations.availability(id as AvailabilityId);
      const state = await reservations.deleteAvailability(id as AvailabilityId);
      // Deleting what is gone changes nothing.
      if (!before) return { state };
      const { name } = before;
      if (state === 'deleted') tellActivity('offer', sentence('activity.offerDeleted', { name }));
      else tellActivity('offer', sentence('activity.offerWindsDown', { name }), { offerId: id });
      return { state };
    },
    setAvailabilityEnabled: async ({ id, enabled }) => {
      const { reservations } = running();
      await reservations.setEnabled(id as AvailabilityId, enabled);
      const { name = '' } = reservations.availability(id as AvailabilityId) ?? {};
      const key = enabled ? 'activity.offerResumed' : 'activity.offerPaused';
      tellActivity('offer', sentence(key, { name }), { offerId: id });
      return null;
    },
  };
}
