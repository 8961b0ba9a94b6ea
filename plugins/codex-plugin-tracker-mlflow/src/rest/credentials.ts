/** The header that tells a server who asks; secrets come by environment alone. */
export function authorization(environment: NodeJS.ProcessEnv): { readonly authorization?: string } {
  const { MLFLOW_TRACKING_USERNAME: name, MLFLOW_TRACKING_PASSWORD: password } = environment;
  const { MLFLOW_TRACKING_TOKEN: token } = environment;
  if (name && password) {
    return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}` };
  }
  return token ? { authorization: `Bearer ${token}` } : {};
}
