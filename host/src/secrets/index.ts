export { destroyKeys, forgetKeys } from './data-keys.ts';
export { createMasterKey, type MasterKey } from './master-key.ts';
export { fixedKeys, loadMasterKeys, type MasterKeys, type MasterKeySource } from './master-keys.ts';
export { createKeyRotation, type KeyRotation, type KeyRotationParts } from './rotation.ts';
export { createReferences, type References, type ReferenceSettings } from './references.ts';
export { keyRoutes } from './routes.ts';
export type { KeyStatus, RotationView } from './status.ts';
export type { SealedSecret, Sealer, SecretPlace, StoredSecret } from './secret-box.ts';
export { createVault, openVault, type OpenVaultOptions, type Vault } from './vault.ts';
