<!doctype html>
<html lang="{{ app()->getLocale() }}">
<title>Test</title>
<script type="module" src="{{ config('services.widget_gateway.url') }}/static/widget/widget.js"></script>
<script type="module" src="/tests.js"></script>
<test-widget provider="college" test="career-interests"
  data-base="/tests/" data-token-name="X-CSRF-TOKEN" data-token="{{ csrf_token() }}"></test-widget>
<ul id="result"></ul>
</html>
