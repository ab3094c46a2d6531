export { createMasterKey, type MasterKey } from './master-key.ts';
export { fixedKeys, loadMasterKeys, type MasterKeys, type MasterKeySource } from './master-keys.ts';
export type { SealedSecret, Sealer, SecretPlace, StoredSecret } from './secret-box.ts';
export { createVault, openVault, type OpenVaultOptions, type Vault } from './vault.ts';
