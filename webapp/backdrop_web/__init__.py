"""The logic behind the web app's pages. It talks to Cognito and the REST API only, as the user who signed in."""
