// People paste the bare token into "Authorize"; the API wants the word Token in front of it.
function withScheme(request) {
  const given = request.headers.Authorization;
  if (given && !given.startsWith("Token ")) {
    request.headers.Authorization = `Token ${given}`;
  }
  return request;
}

SwaggerUIBundle({
  url: "../openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  requestInterceptor: withScheme,
});
