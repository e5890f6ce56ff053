/** Where the provider stands under the installation's address. */
export const MOUNT = '/oidc';
